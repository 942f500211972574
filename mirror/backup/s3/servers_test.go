//go:build integration

package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

func TestMain(m *testing.M) {
	os.Setenv("AWS_ACCESS_KEY_ID", accessKey)
	os.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	os.Exit(m.Run())
}

// server is an object store that nobody here wrote, on the loopback interface.
type server struct {
	command  func(address, dir string) *exec.Cmd
	address  string
	dir      string
	process  *exec.Cmd
	location string // of its bucket
}

// program returns the server that an environment variable names.
func program(t *testing.T, variable string) string {
	t.Helper()
	name := os.Getenv(variable)
	if name == "" {
		t.Fatalf("$%s does not name a server; see .ci/run", variable)
	}
	return name
}

func versitygw(t *testing.T) *server {
	gateway := program(t, "STATSMIRROR_VERSITYGW")
	return serve(t, func(address, dir string) *exec.Cmd {
		return exec.Command(gateway, "--quiet", "--port", address, "--access", accessKey, "--secret", secretKey, "posix", dir)
	})
}

func rclone(t *testing.T) *server {
	rclone := program(t, "STATSMIRROR_RCLONE")
	return serve(t, func(address, dir string) *exec.Cmd {
		return exec.Command(rclone, "serve", "s3", "--config", "", "--addr", address, "--auth-key", accessKey+","+secretKey, dir)
	})
}

// serve starts a server with an empty bucket.
func serve(t *testing.T, command func(address, dir string) *exec.Cmd) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{command: command, address: listener.Addr().String(), dir: t.TempDir()}
	listener.Close()
	s.location = "s3://bucket?region=us-east-1&path_style=true&endpoint=http://" + s.address
	if err := os.Mkdir(filepath.Join(s.dir, "bucket"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.start(t)
	t.Cleanup(func() { s.kill(t) })
	return s
}

// start starts the server, and waits until it answers.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = s.command(s.address, s.dir)
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	b := s.open(t, "")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		_, err := b.client.BucketExists(ctx, b.bucket)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the server does not answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *server) kill(t *testing.T) {
	t.Helper()
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// open returns the backup at a prefix.
func (s *server) open(t *testing.T, prefix string) *Backup {
	t.Helper()
	b, err := Open("s3://bucket/" + prefix + s.location[len("s3://bucket"):])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestServersConform(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			backuptest.Run(t, func(t *testing.T) backup.Backup { return s.open(t, path.Base(t.Name())) })
		})
	}
}

var servers = map[string]func(*testing.T) *server{"versitygw": versitygw, "rclone": rclone}

func TestServerThatIsKilledInAnUploadComesBack(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := s.open(t, "")
			content := strings.Repeat("0123456789abcdef", 2<<20)
			if err := put(t, b, "a/old", "old"); err != nil {
				t.Fatal(err)
			}
			halves := 0
			killing := readerAt(func(p []byte, at int64) (int, error) {
				if half := int64(len(content) / 2); at <= half && half < at+int64(len(p)) {
					if halves++; halves == 2 { // the first time is for the checksums
						s.kill(t)
					}
				}
				return strings.NewReader(content).ReadAt(p, at)
			})
			if _, err := b.Put(t.Context(), "a/new", killing, int64(len(content)), backup.None); err == nil || halves < 2 {
				t.Errorf("put while the server was killed: %v", err)
			}
			if _, err := b.List(t.Context(), ""); err == nil {
				t.Error("a server that is gone lists")
			}
			s.start(t)
			if err := put(t, b, "a/new", content); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"a/old": "old", "a/new": content} {
				if got, err := get(t, b, name); err != nil || got != want {
					t.Errorf("%s has %d bytes, %v", name, len(got), err)
				}
			}
		})
	}
}

type readerAt func(p []byte, at int64) (int, error)

func (r readerAt) ReadAt(p []byte, at int64) (int, error) { return r(p, at) }

func TestErrorsSayWhatToDo(t *testing.T) {
	s := versitygw(t)
	missing, err := Open(strings.Replace(s.location, "bucket", "missing", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := missing.List(t.Context(), ""); !errors.Is(err, backup.ErrAbsent) || !strings.Contains(err.Error(), "bucket missing") {
		t.Errorf("list in a missing bucket: %v", err)
	}
	if err := missing.Check(t.Context()); !errors.Is(err, backup.ErrAbsent) {
		t.Errorf("check of a missing bucket: %v", err)
	}
	b := s.open(t, "")
	b.client, err = minio.New(s.address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, "wrong-key", ""), Region: "us-east-1", MaxRetries: attempts})
	if err != nil {
		t.Fatal(err)
	}
	err = put(t, b, "a/b", "x")
	if err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch") || strings.Contains(err.Error(), "wrong-key") {
		t.Errorf("put with a wrong key: %v", err)
	}
}

// TestDamageOnTheWay puts a proxy before the store that damages what passes.
func TestDamageOnTheWay(t *testing.T) {
	s := versitygw(t)
	content := strings.Repeat("0123456789abcdef", 1<<16)
	for name, test := range map[string]struct {
		damage func(r *http.Request) (status int)
		body   func([]byte) []byte
		works  bool
	}{
		"busy at first":   {damage: firstTimes(2, http.StatusServiceUnavailable), works: true},
		"always broken":   {damage: firstTimes(1000, http.StatusInternalServerError)},
		"upload flipped":  {body: func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		"upload cut":      {body: func(b []byte) []byte { return b[:len(b)/2] }},
		"nothing happens": {works: true},
	} {
		t.Run(name, func(t *testing.T) {
			proxied := s.behind(t, test.damage, test.body)
			object := strings.ReplaceAll(name, " ", "-") + "/run"
			if err := put(t, proxied, object, content); (err == nil) != test.works {
				t.Errorf("put: %v", err)
			}
			got, err := get(t, s.open(t, ""), object)
			if test.works && (err != nil || got != content) {
				t.Errorf("there are %d bytes, %v", len(got), err)
			} else if !test.works && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something was stored: %d bytes, %v", len(got), err)
			}
		})
	}
}

// firstTimes answers the first n uploads with a status.
func firstTimes(n int64, status int) func(*http.Request) int {
	var times atomic.Int64
	return func(r *http.Request) int {
		if r.Method == http.MethodPut && times.Add(1) <= n {
			return status
		}
		return 0
	}
}

// behind returns the backup as seen through a proxy, which answers with the status
// that damage returns unless that is 0, and passes uploads on as body returns them.
func (s *server) behind(t *testing.T, damage func(*http.Request) int, body func([]byte) []byte) *Backup {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if damage != nil {
			if status := damage(r); status != 0 {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(status)
				return
			}
		}
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if body != nil && r.Method == http.MethodPut {
			content = body(content)
		}
		passed, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+s.address+r.URL.RequestURI(), bytes.NewReader(content))
		if err != nil {
			t.Error(err)
			return
		}
		passed.Header, passed.Host = r.Header, s.address
		answer, err := http.DefaultTransport.RoundTrip(passed)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	t.Cleanup(proxy.Close)
	b := s.open(t, "")
	address := s.address
	options := &minio.Options{
		Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Region: "us-east-1", MaxRetries: attempts,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) { // the signature is of the server's address
			r.URL.Host = strings.TrimPrefix(proxy.URL, "http://")
			return http.DefaultTransport.RoundTrip(r)
		}),
	}
	var err error
	if b.client, err = minio.New(address, options); err != nil {
		t.Fatal(err)
	}
	return b
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }
