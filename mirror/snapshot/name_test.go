package snapshot_test

import (
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, run := range []string{
		"run", "a run.v2%", ".hidden", "%41", "läuft", "a\xffb%", "%~a", "%#a", ".statsmirror-tmp-1",
		strings.Repeat("x", 247), strings.Repeat("x", 248),
	} {
		got[run] = snapshot.Escape(run)
	}
	want := map[string]string{
		"run": "run", "a run.v2%": "a run.v2%", ".hidden": ".hidden", "%41": "%41", "läuft": "läuft",
		"a\xffb%": "%~a%FFb%25", "%~a": "%~%25~a", "%#a": "%~%25#a", ".statsmirror-tmp-1": "%~.statsmirror-tmp-1",
		strings.Repeat("x", 247): strings.Repeat("x", 247),
	}
	long := strings.Repeat("x", 248)
	if !strings.HasPrefix(got[long], "%#") || len(got[long]) != 66 {
		t.Errorf("a long name is %s", got[long])
	}
	want[long] = got[long]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := runOf(snapshot.FileName(long)); ok {
		t.Error("a shortened name tells its run")
	}
}

func TestNamesAreReversible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		begin := rapid.SampledFrom([]string{"", "%~", "%#", "%", ".statsmirror-tmp-", "\xff"}).Draw(t, "begin")
		run := begin + rapid.OneOf(rapid.StringN(1, 30, 100), rapid.Custom(func(t *rapid.T) string { return drawText(t, "bytes") })).Draw(t, "rest")
		name := snapshot.FileName(run)
		if !utf8.ValidString(name) || durable.IsTemp(name) || len(name) > 255 {
			t.Fatalf("name is %q", name)
		}
		again, ok := runOf(name)
		if strings.HasPrefix(name, "%#") {
			if ok {
				t.Fatalf("a shortened name tells %q", again)
			}
			return
		}
		if !ok || again != run {
			t.Fatalf("%q is the name of %q, not %q", name, again, run)
		}
	})
}

func TestOtherNamesAreOfNoRun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", ".parquet", "run", "%~run.parquet", "%~%4.parquet", "%~%41.parquet", "%~%ff.parquet", "\xff.parquet", ".statsmirror-tmp-1.parquet"} {
		if run, ok := runOf(name); ok {
			t.Errorf("%q is of %q", name, run)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	got := []string{snapshot.Path("a b"), snapshot.HistoryDir("a b"), snapshot.HistoryPath("a b", 12)}
	if diff := cmp.Diff([]string{"snapshots/a b.parquet", "history/a b", "history/a b/00000012.parquet"}, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzNames takes any text for a run and for the name of a file in a backup. No name leads out of
// its directory, and each belongs to one run.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"run", "..", "../run", "/etc/passwd", "a\x00b", "%~%FF", "%#00", "\xff", "line\n", "run.parquet", "%~%2E%2E.parquet", "%~..%2Frun.parquet"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if run, ok := runOf(text); ok && snapshot.FileName(run) != text {
			t.Errorf("%q is of %q, whose file is %q", text, run, snapshot.FileName(run))
		}
		if store.CheckRun(text) != nil {
			return
		}
		for dir, name := range map[string]string{
			"snapshots":               snapshot.Path(text),
			snapshot.HistoryDir(text): snapshot.HistoryPath(text, 7),
			"history":                 snapshot.HistoryDir(text),
		} {
			base, below := strings.CutPrefix(name, dir+"/")
			if !below || !fs.ValidPath(name) || strings.Contains(base, "/") || len(base) > 255 || !utf8.ValidString(name) || durable.IsTemp(base) {
				t.Errorf("%q has the file %q in %q", text, name, dir)
			}
		}
		run, ok := runOf(snapshot.FileName(text))
		if shortened := strings.HasPrefix(snapshot.FileName(text), "%#"); ok == shortened || ok && run != text {
			t.Errorf("%q has a file that is of %q", text, run)
		}
	})
}

// runOf returns the run of a name from FileName, if the name reveals it.
func runOf(fileName string) (run string, ok bool) {
	name, ok := strings.CutSuffix(fileName, snapshot.Suffix)
	if !ok {
		return "", false
	}
	return snapshot.Unescape(name)
}
