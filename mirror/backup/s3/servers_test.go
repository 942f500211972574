//go:build integration

package s3

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

// openAt returns the backup at a prefix in a server's bucket.
func openAt(t *testing.T, s *backuptest.Server, prefix string) *Backup {
	t.Helper()
	b, err := Open(s.Location(s.Address, prefix))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestServersConform(t *testing.T) {
	backuptest.SetKeys(t)
	for name, start := range backuptest.Servers {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			backuptest.Run(t, func(t *testing.T) backup.Backup { return openAt(t, s, path.Base(t.Name())) })
		})
	}
}

func TestServerThatIsKilledInAnUploadComesBack(t *testing.T) {
	backuptest.SetKeys(t)
	for name, start := range backuptest.Servers {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := openAt(t, s, "")
			content := strings.Repeat("0123456789abcdef", 2<<20)
			if err := put(t, b, "a/old", "old"); err != nil {
				t.Fatal(err)
			}
			halves := 0
			killing := readerAt(func(p []byte, at int64) (int, error) {
				if half := int64(len(content) / 2); at <= half && half < at+int64(len(p)) {
					if halves++; halves == 2 { // the first time is for the checksums
						s.Kill()
					}
				}
				return strings.NewReader(content).ReadAt(p, at)
			})
			if _, err := b.Put(t.Context(), "a/new", killing, int64(len(content)), backup.None); err == nil || halves < 2 {
				t.Errorf("put while the server was killed: %v", err)
			}
			if _, err := backuptest.List(t.Context(), b, ""); err == nil {
				t.Error("a dead server lists")
			}
			s.Start(t)
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
	backuptest.SetKeys(t)
	s := backuptest.Servers["versitygw"](t)
	missing, err := Open(strings.Replace(s.Location(s.Address, ""), "bucket", "missing", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backuptest.List(t.Context(), missing, ""); !errors.Is(err, backup.ErrAbsent) || !strings.Contains(err.Error(), "bucket missing") {
		t.Errorf("list in a missing bucket: %v", err)
	}
	if err := missing.Check(t.Context()); !errors.Is(err, backup.ErrAbsent) {
		t.Errorf("check of a missing bucket: %v", err)
	}
	b := openAt(t, s, "")
	b.client, err = minio.New(s.Address, &minio.Options{Creds: credentials.NewStaticV4(backuptest.AccessKey, "wrong-key", ""), Region: "us-east-1", MaxRetries: attempts})
	if err != nil {
		t.Fatal(err)
	}
	err = put(t, b, "a/b", "x")
	if err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch") || strings.Contains(err.Error(), "wrong-key") {
		t.Errorf("put with a wrong key: %v", err)
	}
}

// TestDamageOnTheWay puts a proxy in front of the store that damages the bytes that pass.
func TestDamageOnTheWay(t *testing.T) {
	backuptest.SetKeys(t)
	s := backuptest.Servers["versitygw"](t)
	content := strings.Repeat("0123456789abcdef", 1<<16)
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	for name, test := range map[string]struct {
		refuse func(*http.Request) int
		change func([]byte) []byte
		works  bool
	}{
		"busy at first":   {refuse: firstTimes(2, http.StatusServiceUnavailable), works: true},
		"always broken":   {refuse: firstTimes(1000, http.StatusInternalServerError)},
		"upload flipped":  {change: flip},
		"upload cut":      {change: cut},
		"nothing happens": {works: true},
	} {
		t.Run(name, func(t *testing.T) {
			faults := backuptest.Faults{Refuse: test.refuse}
			if test.change != nil {
				faults.Upload = func(r *http.Request, uploaded io.Reader) io.Reader {
					all, _ := io.ReadAll(uploaded)
					if r.ContentLength < int64(len(content)) { // an upload that finds out what the server supports
						return bytes.NewReader(all)
					}
					return bytes.NewReader(test.change(all))
				}
			}
			proxied, err := Open(s.Location(s.Proxy(t, faults), ""))
			if err != nil {
				t.Fatal(err)
			}
			object := strings.ReplaceAll(name, " ", "-") + "/run"
			if err := put(t, proxied, object, content); (err == nil) != test.works {
				t.Errorf("put: %v", err)
			}
			got, err := get(t, openAt(t, s, ""), object)
			if test.works && (err != nil || got != content) {
				t.Errorf("stored %d bytes, %v", len(got), err)
			} else if !test.works && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("unexpectedly stored %d bytes, %v", len(got), err)
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

// TestClockThatIsWrong runs in a bubble in which it is the year 2000.
func TestClockThatIsWrong(t *testing.T) {
	backuptest.SetKeys(t)
	s := backuptest.Servers["versitygw"](t)
	synctest.Test(t, func(t *testing.T) {
		via := transport()
		via.DisableKeepAlives = true // or connections outlive the bubble
		b, err := OpenVia(via, s.Location(s.Address, ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := put(t, b, "a/b", "x"); err == nil || !strings.Contains(err.Error(), "clock") {
			t.Errorf("put: %v", err)
		}
	})
}
