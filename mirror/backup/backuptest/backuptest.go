// Package backuptest is the conformance suite of backups: it checks every promise of backup.Backup
// that a test can see from outside. It also has [Fake], a backup for tests of code that uses
// backups.
package backuptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"statsmirror/mirror/backup"

	"github.com/google/go-cmp/cmp"
)

// Run tests the backups that open returns. Each call must return an empty backup that shares
// nothing with earlier ones.
func Run(t *testing.T, open func(*testing.T) backup.Backup) {
	for name, test := range map[string]func(*testing.T, *suite){
		"Content":         testContent,
		"Replace":         testReplace,
		"Conditions":      testConditions,
		"Remove":          testRemove,
		"Missing":         testMissing,
		"Names":           testNames,
		"InvalidNames":    testInvalidNames,
		"NameOfAnyBytes":  testNameOfAnyBytes,
		"ControlNames":    testControlNames,
		"Large":           testLarge,
		"List":            testList,
		"Versions":        testVersions,
		"Cancelled":       testCancelled,
		"ConcurrentPuts":  testConcurrentPuts,
		"Contention":      testContention,
		"FailingContent":  testFailingContent,
		"OpenWhileStored": testOpenWhileStored,
		"Check":           testCheck,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &suite{t: t, place: open(t), versions: map[string]string{}})
		})
	}
}

type suite struct {
	t        *testing.T
	place    backup.Backup
	versions map[string]string // by name, from the last put
}

func (s *suite) put(name, content string) backup.Info {
	s.t.Helper()
	info, err := s.putOver(s.versions[name], name, content)
	if err != nil {
		s.t.Fatalf("put %q: %v", name, err)
	}
	s.versions[name] = info.Version
	if info.Name != name || info.Size != int64(len(content)) || info.Version == "" {
		s.t.Errorf("put %q: info is %+v", name, info)
	}
	return info
}

func (s *suite) putOver(version, name, content string) (backup.Info, error) {
	return s.place.Put(s.t.Context(), name, strings.NewReader(content), int64(len(content)), version)
}

func (s *suite) get(name string) string {
	s.t.Helper()
	f, err := s.place.Open(s.t.Context(), name)
	if err != nil {
		s.t.Fatalf("open %q: %v", name, err)
	}
	content := make([]byte, f.Info().Size)
	n, err := f.ReadAt(content, 0)
	if err != nil && !errors.Is(err, io.EOF) || n != len(content) {
		s.t.Errorf("read %q: %d bytes, %v", name, n, err)
	}
	if info := f.Info(); info.Name != name || s.versions[name] != "" && info.Version != s.versions[name] {
		s.t.Errorf("open %q: info is %+v, put returned version %s", name, info, s.versions[name])
	}
	if err := f.Close(); err != nil {
		s.t.Errorf("close %q: %v", name, err)
	}
	return string(content)
}

func (s *suite) list(prefix string) []backup.Info {
	s.t.Helper()
	infos, err := List(s.t.Context(), s.place, prefix)
	if err != nil {
		s.t.Fatalf("list %q: %v", prefix, err)
	}
	return infos
}

// List lists everything below a prefix, in order of name.
func List(ctx context.Context, place backup.Reader, prefix string) ([]backup.Info, error) {
	return backup.Collect(ctx, place, prefix, func(backup.Info) bool { return true })
}

func (s *suite) names(prefix string) []string {
	s.t.Helper()
	names := []string{}
	for _, info := range s.list(prefix) {
		names = append(names, info.Name)
	}
	return names
}

func testContent(t *testing.T, s *suite) {
	for i, content := range []string{"", "x", strings.Repeat("0123456789", 200_000), strings.Repeat("a", 1<<20)} {
		name := fmt.Sprintf("snapshots/%d", i)
		info := s.put(name, content)
		if s.get(name) != content {
			t.Errorf("%d bytes read back differ", len(content))
		}
		if infos := s.list(name[:len("snapshots/")]); !slices.Contains(infos, info) {
			t.Errorf("put returned %+v, list %+v", info, infos)
		}
	}
}

func testReplace(t *testing.T, s *suite) {
	for _, content := range []string{"long content", "short", "", strings.Repeat("x", 1<<20)} {
		s.put("a/b", content)
		if s.get("a/b") != content {
			t.Errorf("%d bytes did not replace the old content", len(content))
		}
	}
	if diff := cmp.Diff([]string{"a/b"}, s.names("")); diff != "" {
		t.Error(diff)
	}
}

func testConditions(t *testing.T, s *suite) {
	conflicts := func(version, when string) {
		t.Helper()
		if info, err := s.putOver(version, "a/b", "theirs"); !errors.Is(err, backup.ErrConflict) {
			t.Errorf("put over %s: %+v, %v", when, info, err)
		}
	}
	first := s.put("a/b", "one")
	conflicts(backup.None, "None although the file exists")
	second := s.put("a/b", "two")
	conflicts(first.Version, "an earlier version")
	if got := s.get("a/b"); got != "two" {
		t.Errorf("a/b holds %q", got)
	}
	if err := s.place.Remove(t.Context(), "a/b", first.Version); !errors.Is(err, backup.ErrConflict) || s.get("a/b") != "two" {
		t.Errorf("remove an earlier version: %v", err)
	}
	if err := s.place.Remove(t.Context(), "a/b", second.Version); err != nil {
		t.Error(err)
	}
	conflicts(second.Version, "the removed version")
	if names := s.names(""); len(names) > 0 {
		t.Errorf("files left: %q", names)
	}
}

func testRemove(t *testing.T, s *suite) {
	info := s.put("a/b", "x")
	s.put("a/c", "x")
	for range 2 { // the second time the file is missing
		if err := s.place.Remove(t.Context(), "a/b", info.Version); err != nil {
			t.Error(err)
		}
	}
	if f, err := s.place.Open(t.Context(), "a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v, %v", f, err)
	}
	if err := s.place.Remove(t.Context(), "../b", info.Version); err == nil {
		t.Error("an invalid name is removed")
	}
	if diff := cmp.Diff([]string{"a/c"}, s.names("")); diff != "" {
		t.Error(diff)
	}
}

// testContention lets writers count together. Each reads a number and puts the next one over it; if
// another writer came between, it tries again. No number may be lost.
func testContention(t *testing.T, s *suite) {
	const writers, each = 4, 5
	s.put("a/count", strings.Repeat("x", 1))
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range each {
				if err := s.increment("a/count"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	delete(s.versions, "a/count")
	if got := len(s.get("a/count")); got < 1+writers*each {
		t.Errorf("counted to %d, want %d", got, 1+writers*each)
	}
}

func (s *suite) increment(name string) error {
	for {
		f, err := s.place.Open(s.t.Context(), name)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			continue // rclone replaces the file during the read
		}
		if err != nil {
			return err
		}
		info := f.Info()
		if err := f.Close(); err != nil {
			return err
		}
		_, err = s.putOver(info.Version, name, strings.Repeat("x", int(info.Size)+1))
		if !errors.Is(err, backup.ErrConflict) {
			return err
		}
	}
}

func testMissing(t *testing.T, s *suite) {
	s.put("a/b", "x")
	for _, name := range []string{"b", "a/c", "c/d"} {
		if f, err := s.place.Open(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %s: %v, %v", name, f, err)
		}
	}
	if names := s.names("missing/"); len(names) > 0 {
		t.Errorf("a missing directory lists %q", names)
	}
}

func testNames(t *testing.T, s *suite) {
	want := []string{
		"deep/a/b/c/d/e.parquet", "odd/ leading and trailing ", "odd/$(x)`x`;&|", "odd/%2F%00", "odd/-dash", "odd/.hidden", "odd/?query#fragment+plus=",
		"odd/\"quotes'", "odd/läuft", "odd/new\nline", "odd/..two", "odd/" + strings.Repeat("x", 255), "odd/back\\slash",
	}
	slices.Sort(want)
	for _, name := range want {
		s.put(name, "content of "+name)
	}
	for _, name := range want {
		if s.get(name) != "content of "+name {
			t.Errorf("%q holds different content", name)
		}
	}
	if diff := cmp.Diff(want, s.names("")); diff != "" {
		t.Error(diff)
	}
}

// testNameOfAnyBytes tests a name that is not UTF-8. A backup may refuse it.
func testNameOfAnyBytes(t *testing.T, s *suite) {
	const name = "odd/\xff\xfe"
	s.put("odd/run", "x")
	want := []string{"odd/run"}
	if info, err := s.putOver(backup.None, name, "content"); err == nil {
		want = append(want, name)
		s.versions[name] = info.Version
		if s.get(name) != "content" {
			t.Error("the file holds different content")
		}
	} else if f, err := s.place.Open(t.Context(), name); err == nil {
		t.Errorf("the name was refused, but the file exists: %v", f)
	}
	if diff := cmp.Diff(want, s.names("")); diff != "" {
		t.Error(diff)
	}
}

// testControlNames tests names that XML, the format of object stores' listings, cannot carry. It
// also tests names that look like the encoded form of such names.
func testControlNames(t *testing.T, s *suite) {
	want := []string{
		"history/\x1b[31m/00000001.parquet", "history/%_%1B[31m/00000001.parquet", "history/\ufffd[31m/00000001.parquet",
		"odd/\x01", "odd/\x02", "odd/\ufffd", "odd/a\tb", "odd/a\nb", "odd/a\rb", "odd/a\r\nb", "odd/\x7f", "odd/\u0085", "odd/\u009b", "odd/\ufffe", "odd/\uffff",
		"odd/%_", "odd/%_x", "odd/%_%01", "odd/%_%2501", "odd/%_%zz%", "odd/%01", "odd/x%_\x01%",
	}
	slices.Sort(want)
	for range 2 { // the second time over the first
		for _, name := range want {
			s.put(name, "content of "+name)
		}
	}
	for _, name := range want {
		if s.get(name) != "content of "+name {
			t.Errorf("%q holds different content", name)
		}
	}
	if diff := cmp.Diff(want, s.names("")); diff != "" {
		t.Error(diff)
	}
	for _, name := range want[:3] {
		if diff := cmp.Diff([]string{name}, s.names(path.Dir(name)+"/")); diff != "" {
			t.Error(diff)
		}
	}
	for _, name := range want {
		if err := s.place.Remove(t.Context(), name, s.versions[name]); err != nil {
			t.Errorf("remove %q: %v", name, err)
		}
	}
	if names := s.names(""); len(names) > 0 {
		t.Errorf("files left: %q", names)
	}
}

func testLarge(t *testing.T, s *suite) {
	content := strings.Repeat("0123456789abcdef", 1<<20)
	s.put("snapshots/large", content)
	if s.get("snapshots/large") != content {
		t.Error("the file holds different content")
	}
}

func testInvalidNames(t *testing.T, s *suite) {
	for _, name := range []string{"", ".", "..", "/", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\x00b"} {
		if _, err := s.putOver(backup.None, name, "x"); err == nil {
			t.Errorf("put %q", name)
		}
		if f, err := s.place.Open(t.Context(), name); err == nil {
			t.Errorf("open %q: %v", name, f)
		}
	}
	if _, err := List(t.Context(), s.place, "no-slash"); err == nil {
		t.Error("a prefix without a slash is listed")
	}
}

func testList(t *testing.T, s *suite) {
	all := []string{"a/1", "a/2", "a/b/1", "a/b-1", "ab/1", "c"}
	for _, name := range all {
		s.put(name, name)
	}
	for prefix, want := range map[string][]string{
		"":     {"a/1", "a/2", "a/b-1", "a/b/1", "ab/1", "c"},
		"a/":   {"a/1", "a/2", "a/b-1", "a/b/1"},
		"a/b/": {"a/b/1"},
	} {
		if diff := cmp.Diff(want, s.names(prefix)); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
	}
	enough, seen := errors.New("enough"), 0
	err := s.place.List(t.Context(), "", func(backup.Info) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("a stopped listing continued for %d files: %v", seen, err)
	}
}

func testVersions(t *testing.T, s *suite) {
	first := s.put("a/b", "one")
	if again := s.list("a/")[0]; again != first {
		t.Errorf("unchanged: %+v, then %+v", first, again)
	}
	second := s.put("a/b", "two")
	if first.Version == second.Version {
		t.Errorf("different content has the same version %s", first.Version)
	}
	if listed := s.list("a/")[0]; listed != second {
		t.Errorf("put returned %+v, list %+v", second, listed)
	}
}

func testCancelled(t *testing.T, s *suite) {
	s.put("a/b", "old")
	ctx, cancel := context.WithCancel(t.Context())
	content := strings.Repeat("new", 2<<20)
	stop := readerAt(func(p []byte, at int64) (int, error) {
		if at > 1<<20 {
			cancel()
		}
		return strings.NewReader(content).ReadAt(p, at)
	})
	if _, err := s.place.Put(ctx, "a/b", stop, int64(len(content)), s.versions["a/b"]); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if _, err := s.place.Open(ctx, "a/b"); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	if _, err := List(ctx, s.place, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("list: %v", err)
	}
	if err := s.place.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("check: %v", err)
	}
	s.untouched()
}

// untouched checks that the backup has "old" in a/b and nothing else.
func (s *suite) untouched() {
	s.t.Helper()
	if got := s.get("a/b"); got != "old" {
		s.t.Errorf("a/b holds %d different bytes", len(got))
	}
	if diff := cmp.Diff([]string{"a/b"}, s.names("")); diff != "" {
		s.t.Error(diff)
	}
}

type readerAt func(p []byte, at int64) (int, error)

func (r readerAt) ReadAt(p []byte, at int64) (int, error) { return r(p, at) }

func testFailingContent(t *testing.T, s *suite) {
	s.put("a/b", "old")
	broken := errors.New("input/output error")
	fails := readerAt(func(p []byte, at int64) (int, error) {
		if at >= 2<<20 {
			return 0, broken
		}
		return len(p), nil
	})
	for _, name := range []string{"a/b", "a/c"} {
		if _, err := s.place.Put(t.Context(), name, fails, 4<<20, s.versions[name]); !errors.Is(err, broken) {
			t.Errorf("put %s: %v", name, err)
		}
		if _, err := s.place.Put(t.Context(), name, strings.NewReader("short"), 6, s.versions[name]); err == nil {
			t.Errorf("put %s: content that ends too early was stored", name)
		}
	}
	s.untouched()
}

func testConcurrentPuts(t *testing.T, s *suite) {
	var group sync.WaitGroup
	content := func(i int) string { return strings.Repeat(string(rune('a'+i)), 100_000+i) }
	for i := range 8 {
		group.Go(func() {
			for _, name := range []string{"shared/run", fmt.Sprintf("own/%d", i)} {
				if _, err := s.putOver(backup.None, name, content(i)); err != nil && name != "shared/run" {
					t.Errorf("put %s: %v", name, err)
				}
			}
		})
	}
	group.Wait()
	for i := range 8 {
		if s.get(fmt.Sprintf("own/%d", i)) != content(i) {
			t.Errorf("own/%d holds different content", i)
		}
	}
	if got := s.get("shared/run"); got != content(int(got[0]-'a')) {
		t.Error("shared/run is a mixture")
	}
}

func testOpenWhileStored(t *testing.T, s *suite) {
	old := strings.Repeat("old", 100_000)
	s.put("a/b", old)
	f, err := s.place.Open(t.Context(), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	s.put("a/b", "new")
	content := make([]byte, f.Info().Size)
	if n, err := f.ReadAt(content, 0); err == nil && !bytes.Equal(content[:n], []byte(old)) {
		t.Error("an opened file changes while it is read")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func testCheck(t *testing.T, s *suite) {
	s.put("a/b", "old")
	if err := s.place.Check(t.Context()); err != nil {
		t.Error(err)
	}
	s.untouched()
}
