package s3

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

// Contents of the same length that take several reads.
var (
	first  = strings.Repeat("first", footer)
	ours   = strings.Repeat("ours ", footer)
	theirs = strings.Repeat("their", footer)
)

// swap lets another writer replace an object just before the store answers the nth request of a
// method. do runs meanwhile.
type swap struct {
	method string
	n      int
	do     func(*testing.T, *Backup, backup.Info) (content string, err error)
}

var swaps = map[string]swap{
	"before the put":               {http.MethodPut, 1, putOver},
	"before a put is looked at":    {http.MethodHead, 1, putOver},
	"before a put is read back":    {http.MethodGet, 1, putOver},
	"while a put is read back":     {http.MethodGet, 2, putOver},
	"before it is opened":          {http.MethodGet, 1, getIt},
	"while it is read":             {http.MethodGet, 2, getIt},
	"before a removal looks at it": {http.MethodHead, 1, removeIt},
	"before it is removed":         {http.MethodDelete, 1, removeIt},
}

func putOver(t *testing.T, b *Backup, is backup.Info) (string, error) {
	_, err := b.Put(t.Context(), is.Name, strings.NewReader(ours), int64(len(ours)), is.Version)
	return ours, err
}

func getIt(t *testing.T, b *Backup, is backup.Info) (string, error) { return get(t, b, is.Name) }

func removeIt(t *testing.T, b *Backup, is backup.Info) (string, error) {
	return "", b.Remove(t.Context(), is.Name, is.Version)
}

// TestSwappedObjectIsAConflict shows that a swap is a conflict, and that the other writer's content
// stays. A download may return that content instead, but never a mixture.
func TestSwappedObjectIsAConflict(t *testing.T) {
	backuptest.SetKeys(t)
	for name, swap := range swaps {
		for kind, store := range map[string]*backuptest.ObjectStore{
			"MD5":                      {},
			"opaque":                   {OpaqueETags: true},
			"opaque, If-Match ignored": {OpaqueETags: true, IgnoresMatch: true},
		} {
			t.Run(fmt.Sprintf("%s (%s)", name, kind), func(t *testing.T) { swap.test(t, store) })
		}
	}
}

func (s swap) test(t *testing.T, store *backuptest.ObjectStore) {
	const name, object = "a/b", "bucket/a/b"
	b := inMemory(t, store, "")
	is, err := b.Put(t.Context(), name, strings.NewReader(first), int64(len(first)), backup.None)
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	store.Before = func(r *http.Request) {
		if r.Method != s.method || r.URL.Path != "/"+object {
			return
		}
		if requests++; requests == s.n {
			store.Swap(object, theirs)
		}
	}
	content, err := s.do(t, b, is)
	swapped := requests >= s.n
	switch {
	case swapped && store.Content(object) != theirs:
		t.Errorf("the other writer's content is lost: %v", err)
	case err != nil && (!swapped || !errors.Is(err, backup.ErrConflict)):
		t.Error(err)
	case err != nil:
	case !swapped && content != store.Content(object):
		t.Error("the object holds different content")
	case swapped && content != theirs:
		t.Error("the swap went unnoticed")
	}
}

// TestStoreWithoutVersionsIsRefused has a store that sends no ETag: nobody could tell whether an
// object has changed.
func TestStoreWithoutVersionsIsRefused(t *testing.T) {
	backuptest.SetKeys(t)
	store := backuptest.ObjectStore{NoETags: true, IgnoresConditions: true}
	b := inMemory(t, &store, "")
	if err := put(t, b, "a/b", "first"); !errors.Is(err, errNoETag) {
		t.Errorf("put: %v", err)
	}
	if err := put(t, b, "a/b", "second"); !errors.Is(err, errNoETag) || store.Content("bucket/a/b") != "first" {
		t.Errorf("put over the existing object: %v", err)
	}
	if content, err := get(t, b, "a/b"); !errors.Is(err, errNoETag) {
		t.Errorf("get: %q, %v", content, err)
	}
	if err := b.Remove(t.Context(), "a/b", backup.None); !errors.Is(err, errNoETag) {
		t.Errorf("remove: %v", err)
	}
}

// TestStoreThatKnowsNoConditionOfRemovals has a store that answers such a condition with an error.
func TestStoreThatKnowsNoConditionOfRemovals(t *testing.T) {
	backuptest.SetKeys(t)
	store := &backuptest.ObjectStore{}
	b, err := OpenVia(roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete && r.Header.Get("If-Match") != "" {
			return &http.Response{StatusCode: http.StatusNotImplemented, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		}
		return store.RoundTrip(r)
	}), store.Location(""))
	if err != nil {
		t.Fatal(err)
	}
	is, err := b.Put(t.Context(), "a/b", strings.NewReader("x"), 1, backup.None)
	if err == nil {
		err = b.Remove(t.Context(), "a/b", is.Version)
	}
	if err != nil || store.Content("bucket/a/b") != "" {
		t.Error(err)
	}
}
