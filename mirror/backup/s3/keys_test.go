package s3

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/mirror/backup/backuptest"
)

// signatures keeps the signature of the last request to a store.
type signatures struct {
	http.RoundTripper
	last string
}

func (s *signatures) RoundTrip(r *http.Request) (*http.Response, error) {
	s.last = r.Header.Get("Authorization")
	return s.RoundTripper.RoundTrip(r)
}

func TestAccessKeyIsThatOfTheFirstFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", filepath.Join(dir, "home"))
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "CREDENTIALS_DIRECTORY"} {
		t.Setenv(name, "")
	}
	file := func(name, key string) string {
		path := filepath.Join(dir, name)
		text := "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = secret\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := func(key string, files ...string) {
		t.Helper()
		via := signatures{RoundTripper: &backuptest.ObjectStore{}}
		b, err := OpenVia(&via, "s3://bucket?region=us-east-1&endpoint=http://store", files...)
		if err != nil {
			t.Fatal(err)
		}
		_ = put(t, b, "a", "content") // it is signed, whatever the result
		if !strings.Contains(via.last, "Credential="+key+"/") {
			t.Errorf("signed with %q, want the key %s", via.last, key)
		}
	}
	missing := filepath.Join(dir, "missing")
	want("one", missing, file("one", "one"), file("two", "two"))
	file("backup", "systemd")
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	want("systemd", filepath.Join(dir, "one"))
	t.Setenv("AWS_ACCESS_KEY_ID", "environment")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	want("environment", filepath.Join(dir, "one"))
}
