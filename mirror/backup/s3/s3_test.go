package s3

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

// inMemory returns the backup at a prefix in an object store in memory.
func inMemory(t *testing.T, store *backuptest.ObjectStore, prefix string) *Backup {
	t.Helper()
	b, err := OpenVia(store, store.Location(prefix))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, b *Backup, name, content string) error {
	t.Helper()
	_, err := b.Put(t.Context(), name, strings.NewReader(content), int64(len(content)), backup.None)
	return err
}

func get(t *testing.T, b *Backup, name string) (string, error) {
	t.Helper()
	f, err := b.Open(t.Context(), name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.NewSectionReader(f, 0, f.Info().Size))
	return string(content), err
}

func TestConformance(t *testing.T) {
	backuptest.SetKeys(t)
	var store backuptest.ObjectStore
	backuptest.Run(t, func(t *testing.T) backup.Backup { return inMemory(t, &store, path.Base(t.Name())) })
}

func TestStoreThatIgnoresEncodingConforms(t *testing.T) {
	backuptest.SetKeys(t)
	store := backuptest.ObjectStore{IgnoresEncoding: true}
	backuptest.Run(t, func(t *testing.T) backup.Backup { return inMemory(t, &store, path.Base(t.Name())) })
}

// TestOldKeysAreRead has an object under the key that it had before keys were encoded.
func TestOldKeysAreRead(t *testing.T) {
	backuptest.SetKeys(t)
	var store backuptest.ObjectStore
	b := inMemory(t, &store, "below")
	const name = "history/\x1bx/00000001.parquet"
	old := func(content string) {
		t.Helper()
		_, err := b.client.PutObject(t.Context(), b.bucket, b.oldKey(name), strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want string) backup.Info {
		t.Helper()
		infos, err := backuptest.List(t.Context(), b, "history/\x1bx/")
		if err != nil || len(infos) != 1 || infos[0].Name != name {
			t.Fatalf("listed %+v, %v", infos, err)
		}
		if all, err := backuptest.List(t.Context(), b, ""); err != nil || !slices.Equal(all, infos) {
			t.Fatalf("the full listing has %+v, %v", all, err)
		}
		if got, err := get(t, b, name); err != nil || got != want || infos[0].Size != int64(len(want)) {
			t.Errorf("holds %q, %v; listed %+v", got, err, infos[0])
		}
		return infos[0]
	}
	old("old")
	info, err := b.Put(t.Context(), name, strings.NewReader("over"), 4, holds("old").Version)
	if err != nil {
		t.Fatal(err)
	}
	holds("over")
	if err := b.Remove(t.Context(), name, info.Version); err != nil {
		t.Error(err)
	}
	if _, err := get(t, b, name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	old("lost to a store that did not list it")
	if err := put(t, b, name, "new"); err != nil {
		t.Error(err)
	}
	holds("new")
}

func TestStoreThatIgnoresConditions(t *testing.T) {
	backuptest.SetKeys(t)
	store := backuptest.ObjectStore{IgnoresConditions: true}
	b := inMemory(t, &store, "")
	if err := put(t, b, "a/b", "one"); err != nil {
		t.Fatal(err)
	}
	if err := put(t, b, "a/b", "two"); !errors.Is(err, backup.ErrConflict) {
		t.Errorf("put over None although the object exists: %v", err)
	}
	if got, err := get(t, b, "a/b"); err != nil || got != "one" {
		t.Errorf("the object holds %q, %v", got, err)
	}
}

// TestCheckListsTheBucket has a key that may read and write, but not list.
func TestCheckListsTheBucket(t *testing.T) {
	backuptest.SetKeys(t)
	var store backuptest.ObjectStore
	b := inMemory(t, &store, "")
	if err := errors.Join(b.Check(t.Context()), put(t, b, "a/b", "one"), b.Check(t.Context())); err != nil {
		t.Fatal(err)
	}
	store.Denied = func(name string) bool { return name == "" }
	if err := b.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "list") {
		t.Errorf("without the right to list: %v", err)
	}
}

func TestDamageAtRestIsFound(t *testing.T) {
	backuptest.SetKeys(t)
	var store backuptest.ObjectStore
	b := inMemory(t, &store, "")
	for name, content := range map[string]string{"small": "content", "large": strings.Repeat("content", footer)} {
		if err := put(t, b, name, content); err != nil {
			t.Fatal(err)
		}
		if got, err := get(t, b, name); err != nil || got != content {
			t.Errorf("%s holds %d bytes, %v", name, len(got), err)
		}
		store.Damage("bucket/" + name)
		if got, err := get(t, b, name); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s, damaged, holds %d bytes, %v", name, len(got), err)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	backuptest.SetKeys(t)
	var store backuptest.ObjectStore
	b := inMemory(t, &store, "")
	if err := put(t, b, "a/b", "first"); err != nil { // this also finds out whether conditions are kept
		t.Fatal(err)
	}
	before := b.Requests()
	if err := put(t, b, "a/c", "12345"); err != nil {
		t.Fatal(err)
	}
	if _, err := backuptest.List(t.Context(), b, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, b, "a/c"); err != nil {
		t.Fatal(err)
	}
	got := b.Requests().Minus(before)
	if want := (backup.Requests{Put: 1, Get: 2, List: 1, Sent: 5, Received: 5}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

func TestLocations(t *testing.T) {
	for location, complaint := range map[string]string{
		"s3://":                              "names no bucket",
		"s3://key:secret@bucket":             "access key",
		"s3://b?endpoint=http://k:secret@h":  "access key",
		"s3://bucket?endpoint=host":          "endpoint",
		"s3://bucket?path_style=perhaps":     "path_style",
		"s3://bucket?colour=red":             "colour",
		"s3://bucket/../other":               "invalid name",
		"s3://bucket/%1B":                    "control characters",
		"s3://bucket?endpoint=ftp://a.local": "endpoint",
	} {
		_, err := OpenVia(http.DefaultTransport, location)
		if err == nil || !strings.Contains(err.Error(), complaint) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", location, err)
		}
	}
}
