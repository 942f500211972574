package backuptest

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// The keys that the servers accept.
const (
	AccessKey = "statsmirror"
	SecretKey = "only-for-tests"
)

// SetKeys makes clients in this process and its children use the keys.
func SetKeys(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", SecretKey)
}

// Server is a third-party object store on the loopback interface with an empty bucket. It runs
// until the end of a test.
type Server struct {
	Address string
	Dir     string // holds the buckets

	command []string
	process *exec.Cmd
}

// Servers starts each kind of server.
var Servers = map[string]func(t *testing.T) *Server{
	"versitygw": func(t *testing.T) *Server {
		return serve(t, "STATSMIRROR_VERSITYGW", func(program, address, dir string) []string {
			return []string{program, "--quiet", "--port", address, "--access", AccessKey, "--secret", SecretKey, "posix", dir}
		})
	},
	"rclone": func(t *testing.T) *Server {
		return serve(t, "STATSMIRROR_RCLONE", func(program, address, dir string) []string {
			return []string{program, "serve", "s3", "--quiet", "--config", "", "--addr", address, "--auth-key", AccessKey + "," + SecretKey, dir}
		})
	},
}

// serve starts the server named by an environment variable.
func serve(t *testing.T, variable string, command func(program, address, dir string) []string) *Server {
	t.Helper()
	program := os.Getenv(variable)
	if program == "" {
		t.Fatalf("$%s does not name a server; see .ci/run", variable)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: listener.Addr().String(), Dir: t.TempDir()}
	listener.Close()
	s.command = command(program, s.Address, s.Dir)
	if err := os.Mkdir(filepath.Join(s.Dir, "bucket"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

// Location returns the location of a prefix in the bucket. address is that of the server, or of a
// proxy in front of it.
func (s *Server) Location(address, prefix string) string {
	return "s3://bucket/" + prefix + "?region=us-east-1&path_style=true&endpoint=http://" + address
}

// Start starts the server and waits until it answers.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	s.process = exec.Command(s.command[0], s.command[1:]...)
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the server does not answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// MakeBucket creates the bucket again.
func (s *Server) MakeBucket(t *testing.T) {
	t.Helper()
	client, err := minio.New(s.Address, &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, "")})
	if err == nil {
		err = client.MakeBucket(t.Context(), "bucket", minio.MakeBucketOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Kill ends the server without warning.
func (s *Server) Kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// Signal sends the server a signal.
func (s *Server) Signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Shrink restarts the server with an empty bucket on a private file system of that size, such as
// "6m".
func (s *Server) Shrink(t *testing.T, size string) {
	t.Helper()
	s.Kill()
	inside := `mount -t tmpfs -o size="$0" tmpfs "$1" && mkdir "$1/bucket" && shift && exec "$@"`
	s.command = append([]string{"unshare", "--map-root-user", "--mount", "sh", "-c", inside, size, s.Dir}, s.command...)
	s.Start(t)
}

// Grow enlarges the file system that Shrink created.
func (s *Server) Grow(t *testing.T, size string) {
	t.Helper()
	pid := strconv.Itoa(s.process.Process.Pid)
	output, err := exec.Command("nsenter", "--user", "--preserve-credentials", "--mount", "--target", pid, "mount", "-o", "remount,size="+size, s.Dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}
