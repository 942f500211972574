package archive_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
)

// encode returns the file of a run's generation with a number of rows.
func encode(t *testing.T, run string, generation int64, rows int) []byte {
	t.Helper()
	s := &snapshot.Snapshot{Run: run, Generation: generation}
	for i := range rows {
		s.Training.Iteration.Append(int64(i))
		s.Training.Loss.Append(1 / float64(i+int(generation)))
		s.Training.Time.Append(1)
	}
	var file bytes.Buffer
	if _, err := snapshot.Write(&file, s); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// place returns a place with the given files.
func place(name string, files map[string][]byte) *backuptest.Fake {
	f := backuptest.NewFake(name)
	f.SetFiles(files)
	return f
}

func locationOf(places ...backup.Reader) archive.Location {
	var l archive.Location
	for _, p := range places {
		l.Archives = append(l.Archives, archive.New(p))
	}
	return l
}

// failing returns a place whose files cannot be opened because of err.
func failing(t *testing.T, err error) *backuptest.Fake {
	f := place("failing", map[string][]byte{snapshot.Path("run"): encode(t, "run", 1, 3)})
	f.Fail(func(operation, _ string) error {
		if operation == "open" {
			return err
		}
		return nil
	})
	return f
}

// TestFirstArchiveThatHasTheRunWholeIsRead has archives that lack the run, or have it damaged,
// before an archive that has it whole.
func TestFirstArchiveThatHasTheRunWholeIsRead(t *testing.T) {
	t.Parallel()
	one, two := encode(t, "run", 1, 3), encode(t, "run", 1, 4)
	current := snapshot.Path("run")
	empty, whole := place("empty", nil), place("whole", map[string][]byte{current: one})
	longer := place("longer", map[string][]byte{current: two})
	torn := place("torn", map[string][]byte{current: one[:len(one)/2]})
	another := place("another", map[string][]byte{current: encode(t, "other", 1, 3)})
	down := errors.New("no route to host")
	for name, c := range map[string]struct {
		places []backup.Reader
		rows   int
		is     func(error) bool
		says   []string
	}{
		"the first":             {[]backup.Reader{whole, longer}, 3, nil, nil},
		"after an empty one":    {[]backup.Reader{empty, longer, whole}, 4, nil, nil},
		"after a torn one":      {[]backup.Reader{torn, whole}, 3, nil, nil},
		"after another run's":   {[]backup.Reader{another, whole}, 3, nil, nil},
		"after one that is off": {[]backup.Reader{failing(t, down), whole}, 3, nil, nil},
		"none has it":           {[]backup.Reader{empty, empty}, 0, isNotExist, nil},
		"no archive":            {nil, 0, isNotExist, nil},
		"all are damaged":       {[]backup.Reader{empty, torn, another}, 0, archive.IsDamaged, []string{"torn: ", `another: damaged snapshot: it is a snapshot of the run "other"`}},
		"none answers":          {[]backup.Reader{failing(t, down), empty}, 0, func(err error) bool { return errors.Is(err, down) && !isNotExist(err) }, []string{"failing: "}},
	} {
		got, err := locationOf(c.places...).Load(t.Context(), "run", 0)
		switch {
		case c.is == nil && (err != nil || got.Training.Len() != c.rows):
			t.Errorf("%s: %v, %v", name, got, err)
		case c.is != nil && (err == nil || !c.is(err)):
			t.Errorf("%s: the error is %v", name, err)
		}
		for _, text := range c.says {
			if !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "empty") {
				t.Errorf("%s: the error is %q, want one with %q", name, err, text)
			}
		}
	}
}

// TestEndedCopyIsPreferredToAnEarlierPart has a backup whose service stopped between the copies of
// an ended generation and of the next one.
func TestEndedCopyIsPreferredToAnEarlierPart(t *testing.T) {
	t.Parallel()
	whole, part := encode(t, "run", 3, 9), encode(t, "run", 3, 4)
	torn := bytes.Clone(whole[:len(whole)/2])
	for name, c := range map[string]struct {
		current, ended []byte
		rows           int
	}{
		"the ended copy has more":      {part, whole, 9},
		"the current copy has more":    {whole, part, 9},
		"the ended copy is damaged":    {part, torn, 4},
		"the copies have the same":     {whole, whole, 9},
		"only an earlier one is ended": {whole, nil, 9},
	} {
		files := map[string][]byte{snapshot.Path("run"): c.current, snapshot.HistoryPath("run", 1): encode(t, "run", 1, 3)}
		if c.ended != nil {
			files[snapshot.HistoryPath("run", 3)] = c.ended
		}
		a := archive.New(place("place", files))
		for _, generation := range []int64{0, 3} {
			s, err := a.Load(t.Context(), "run", generation)
			if err != nil || s.Training.Len() != c.rows {
				t.Errorf("%s: generation %d: %v, %v", name, generation, s, err)
			}
		}
		history, err := a.History(t.Context(), "run")
		if archive.IsDamaged(err) && name == "the ended copy is damaged" {
			continue
		}
		if err != nil || len(history) != 2 || history[1].TrainedUntil != int64(c.rows) {
			t.Errorf("%s: history: %+v, %v", name, history, err)
		}
	}
}

// TestCopiesListNoHistory has an object store in mind, where each listing of a run costs a request.
func TestCopiesListNoHistory(t *testing.T) {
	t.Parallel()
	p := place("place", map[string][]byte{snapshot.Path("run"): encode(t, "run", 2, 3), snapshot.HistoryPath("run", 1): encode(t, "run", 1, 3)})
	listing := locationOf(p).List(t.Context())
	p.Fail(func(operation, name string) error {
		if operation == "list" {
			t.Errorf("lists %q", name)
		}
		return nil
	})
	if c := listing.Copies(t.Context(), "run"); c.Meta.Generation != 2 || c.States[0] != archive.Current {
		t.Errorf("%+v", c)
	}
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// TestCopiesAreComparedWithTheFirst has copies in every state.
func TestCopiesAreComparedWithTheFirst(t *testing.T) {
	t.Parallel()
	current := snapshot.Path("run")
	has := func(file []byte) *backuptest.Fake { return place("has", map[string][]byte{current: file}) }
	whole, shorter, before := encode(t, "run", 2, 4), encode(t, "run", 2, 3), encode(t, "run", 1, 4)
	silent := has(whole)
	silent.Fail(func(string, string) error { return errors.New("no route to host") })
	denied, hung := failing(t, fs.ErrPermission), failing(t, errors.New("input/output error"))
	const (
		is, behind, missing     = archive.Current, archive.Behind, archive.Missing
		damaged, off, forbidden = archive.Damaged, archive.Unreachable, archive.Unreadable
	)
	for name, c := range map[string]struct {
		places     []backup.Reader
		want       []archive.CopyState
		from       int // -1 for none
		generation int64
	}{
		"equal":              {[]backup.Reader{has(whole), has(whole)}, []archive.CopyState{is, is}, 0, 2},
		"fewer rows":         {[]backup.Reader{has(whole), has(shorter)}, []archive.CopyState{is, behind}, 0, 2},
		"generation before":  {[]backup.Reader{has(whole), has(before)}, []archive.CopyState{is, behind}, 0, 2},
		"the first is old":   {[]backup.Reader{has(before), has(whole)}, []archive.CopyState{is, behind}, 0, 1},
		"missing":            {[]backup.Reader{place("empty", nil), has(whole), place("empty", nil)}, []archive.CopyState{missing, is, missing}, 1, 2},
		"damaged":            {[]backup.Reader{has(whole[:40]), has(whole)}, []archive.CopyState{damaged, is}, 1, 2},
		"not to be read":     {[]backup.Reader{denied, has(whole)}, []archive.CopyState{forbidden, is}, 1, 2},
		"fails":              {[]backup.Reader{hung, has(whole)}, []archive.CopyState{off, is}, 1, 2},
		"does not answer":    {[]backup.Reader{silent, has(whole)}, []archive.CopyState{off, is}, 1, 2},
		"none can be read":   {[]backup.Reader{silent, denied}, []archive.CopyState{off, forbidden}, -1, 0},
		"no archive":         {nil, nil, -1, 0},
		"damaged everywhere": {[]backup.Reader{has(whole[:40]), place("empty", nil)}, []archive.CopyState{damaged, missing}, -1, 0},
	} {
		l := locationOf(c.places...).List(t.Context())
		got := l.Copies(t.Context(), "run")
		if diff := cmp.Diff(c.want, got.States); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got.Meta.Generation != c.generation || (got.From == nil) != (c.from < 0) || c.from >= 0 && got.From != l.Archives[c.from] {
			t.Errorf("%s: described as %+v by %v", name, got.Meta, got.From)
		}
	}
}

// TestListingTellsWhichArchivesAnswered also shows that a run is listed if only one archive has it.
func TestListingTellsWhichArchivesAnswered(t *testing.T) {
	t.Parallel()
	one := place("one", map[string][]byte{snapshot.Path("a"): encode(t, "a", 1, 1), snapshot.Path("b"): encode(t, "b", 1, 1)})
	two := place("two", map[string][]byte{snapshot.Path("b"): encode(t, "b", 1, 1), snapshot.HistoryPath("c", 1): encode(t, "c", 1, 1)})
	silent := place("silent", nil)
	silent.Fail(func(string, string) error { return errors.New("no route to host") })
	l := locationOf(silent, one, two).List(t.Context())
	if diff := cmp.Diff([]string{"a", "b", "c"}, l.Runs); diff != "" {
		t.Error(diff)
	}
	if len(l.Away) != 1 || !strings.HasPrefix(l.Away[0].Error(), "silent: ") {
		t.Errorf("away are %v", l.Away)
	}
	if l.Answered(l.Archives[0]) || !l.Answered(l.Archives[1]) || len(l.Answering().Archives) != 2 || len(l.Archives) != 3 {
		t.Errorf("answering are %v", l.Answering().Archives)
	}
}

// TestSelectFindsRunsByName in two locations. One place does not answer.
// TestLinkInPlaceOfTheSnapshotsIsAnError has a backup whose snapshots someone moved to another disk.
func TestLinkInPlaceOfTheSnapshotsIsAnError(t *testing.T) {
	base := t.TempDir()
	at, moved := filepath.Join(base, "backup"), filepath.Join(base, "moved")
	if err := errors.Join(os.Mkdir(at, 0o700), os.Mkdir(moved, 0o700), os.WriteFile(filepath.Join(moved, "run.parquet"), encode(t, "run", 1, 3), 0o600)); err != nil {
		t.Fatal(err)
	}
	if s := archive.Select(t.Context(), []archive.Location{locationOf(dir.New(at))}, nil); len(s.Runs) != 0 || len(s.Away) != 0 {
		t.Errorf("an empty backup: %v, %v", s.Runs, s.Away)
	}
	if err := os.Symlink(moved, filepath.Join(at, "snapshots")); err != nil {
		t.Fatal(err)
	}
	if s := archive.Select(t.Context(), []archive.Location{locationOf(dir.New(at))}, nil); len(s.Away) != 1 {
		t.Errorf("with a link: %v, %v", s.Runs, s.Away)
	}
}

func TestSelectFindsRunsByName(t *testing.T) {
	t.Parallel()
	one := place("one", map[string][]byte{snapshot.Path("a"): encode(t, "a", 1, 1), snapshot.Path("b"): encode(t, "b", 1, 1)})
	two := place("two", map[string][]byte{snapshot.Path("b"): encode(t, "b", 1, 1)})
	silent := place("silent", nil)
	silent.Fail(func(string, string) error { return errors.New("no route to host") })
	locations := []archive.Location{locationOf(one, silent), locationOf(two, silent)}
	locations[0].Dir, locations[1].Dir = "host1", "host2"
	for _, c := range []struct{ names, want, missing []string }{
		{nil, []string{"host1/a", "host1/b", "host2/b"}, nil},
		{[]string{"b"}, []string{"host1/b", "host2/b"}, nil},
		{[]string{"x", "a"}, []string{"host1/a"}, []string{"x"}},
	} {
		s := archive.Select(t.Context(), locations, c.names)
		var got []string
		for _, run := range s.Runs {
			got = append(got, run.Path(run.Name))
			if len(run.Archives) != 1 {
				t.Errorf("%v: %s is in %d archives", c.names, run.Name, len(run.Archives))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v: %s", c.names, diff)
		}
		if !cmp.Equal(append([]string{}, s.Missing...), append([]string{}, c.missing...)) {
			t.Errorf("%v: missing are %v", c.names, s.Missing)
		}
		if len(archive.All(s.Locations)) != 2 || len(archive.Distinct(s.Away)) != 1 || len(s.Away) != 2 {
			t.Errorf("%v: away are %v", c.names, s.Away)
		}
	}
}

// TestGenerationsTellTheirStories has a damaged generation between two whole ones.
func TestGenerationsTellTheirStories(t *testing.T) {
	t.Parallel()
	torn := encode(t, "run", 2, 3)
	files := map[string][]byte{
		snapshot.HistoryPath("run", 1): encode(t, "run", 1, 3), snapshot.HistoryPath("run", 2): torn,
		snapshot.HistoryPath("run", 3): encode(t, "run", 3, 3), snapshot.Path("run"): encode(t, "run", 4, 5),
	}
	torn[10] ^= 1 // in the rows; the footer is whole
	a := archive.New(place("place", files))
	known, err := a.Load(t.Context(), "run", 4)
	if err != nil {
		t.Fatal(err)
	}
	var seen []int64
	see := func(s *snapshot.Snapshot) { seen = append(seen, s.Generation) }
	generations, err := a.Generations(t.Context(), "run", see, known)
	if err != nil || len(generations) != 4 {
		t.Fatalf("%v, %v", generations, err)
	}
	for i, want := range []string{
		"The first rows of the run. Overwritten when trained until 3.", "It cannot be compared: ",
		"It is not known why it began, because the previous generation is not kept or cannot be read. Overwritten when trained until 3.",
		"The run started over: from iteration 0 on it differs from generation 3.",
	} {
		g := generations[i]
		if !strings.HasPrefix(g.Story, want) || g.Current != (i == 3) || archive.IsDamaged(g.Err) != (i == 1) {
			t.Errorf("generation %d: %q, current %v, %v", g.Generation, g.Story, g.Current, g.Err)
		}
	}
	if diff := cmp.Diff([]int64{1, 3, 4}, seen); diff != "" {
		t.Errorf("it saw generations: %s", diff)
	}
	if g := generations[3]; g.Previous != 3 || *g.TrainingDiffersFrom != 0 || g.ValidationDiffersFrom != nil || g.Losses.Last != "0.125" {
		t.Errorf("%+v", g)
	}
	if _, err := a.Generations(t.Context(), "none", nil); !isNotExist(err) {
		t.Errorf("of a missing run: %v", err)
	}
}
