//go:build integration

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/column"
	"statsmirror/store/durable"
)

// shelf remembers the files of a catalog or backup since the last look. It reads them without the
// code that writes them, except package snapshot.
type shelf struct {
	dir   string
	files map[string]*shelved // by name
	temps map[string]bool
	torn  int        // half-written files of a crash that the last look found first
	read  []*shelved // files read since the caller last emptied this
}

// shelved is a snapshot on a shelf.
type shelved struct {
	info       os.FileInfo
	name, dir  string
	run        string
	generation int64
	ended      bool
	content    string                // as FORMAT.md defines it
	digests    map[store.Kind]string // of the rows, as testdata/dacapo.py computes them
	rows       int
	until      [2]int64           // training, validation
	snapshot   *snapshot.Snapshot // nil for ended generations, which can be read again
}

// look reads new files. It returns an error if a file is damaged, if its name does not match its
// content, or if rows that the last look found are lost.
func (s *shelf) look() error {
	names, err := s.list()
	if err != nil {
		return err
	}
	before := s.files
	s.files = map[string]*shelved{}
	for _, name := range names {
		if s.files[name], err = s.open(name, before[name]); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(s.dir, name), err)
		}
	}
	for _, was := range before {
		if err := s.keeps(was); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(s.dir, was.name), err)
		}
	}
	return nil
}

// list lists the snapshots first, then the ended generations. So it misses no generation that ends
// meanwhile.
func (s *shelf) list() ([]string, error) {
	var names []string
	before := s.temps
	s.temps, s.torn = map[string]bool{}, 0
	for _, pattern := range []string{"snapshots/*", "history/*/*", "records/*"} {
		found, err := filepath.Glob(filepath.Join(s.dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			switch name := strings.TrimPrefix(file, s.dir+"/"); {
			case durable.IsTemp(path.Base(name)):
				s.temps[name] = true
				if !before[name] {
					s.torn++
				}
			case strings.HasSuffix(name, ".parquet"):
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// current returns the present snapshot of a run, nil if the run has none.
func (s *shelf) current(run string) (*shelved, error) {
	h, err := s.open(snapshot.Path(run), s.files[snapshot.Path(run)])
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return h, err
}

// open reads a file, unless it is the same one as before.
func (s *shelf) open(name string, before *shelved) (*shelved, error) {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if before != nil && os.SameFile(info, before.info) && info.ModTime().Equal(before.info.ModTime()) && info.Size() == before.info.Size() {
		return before, nil
	}
	is, err := snapshot.Read(f, info.Size())
	if err != nil {
		return nil, err
	}
	h := &shelved{
		info: info, name: name, dir: s.dir, run: is.Run, generation: is.Generation, ended: path.Dir(name) != "snapshots",
		content: snapshot.ContentSHA256(is), rows: is.Training.Len() + is.Validation.Len(),
		digests: map[store.Kind]string{store.Training: digestTraining(is.Training), store.Validation: digestValidation(is.Validation)},
		until:   [2]int64{is.Training.TrainedUntil(), is.Validation.ValidatedUntil()},
	}
	if !h.ended {
		h.snapshot = is
	}
	s.read = append(s.read, h)
	return h, h.checkName()
}

// checkName returns an error unless the name fits the run and generation in the file.
func (h *shelved) checkName() error {
	want := snapshot.Path(h.run)
	if h.ended {
		want = snapshot.HistoryPath(h.run, h.generation)
	}
	if h.name != want {
		return fmt.Errorf("it is generation %d of the run %q", h.generation, h.run)
	}
	return nil
}

// keeps returns an error if the shelf has lost rows of an earlier file. An ended generation must
// never change. Each row of a current generation must still be in it, or in a later one if a crash
// came between its end and the start of the next.
func (s *shelf) keeps(was *shelved) error {
	now := s.files[was.name]
	switch {
	case now == nil:
		return errors.New("the file has disappeared")
	case now.content == was.content:
		return nil
	case was.ended:
		return errors.New("an ended generation has changed")
	}
	if holder, err := s.holder(was); err != nil || holder == nil {
		return errors.Join(fmt.Errorf("its generation %d, with %d rows, is lost", was.generation, was.rows), err)
	}
	return nil
}

// holder returns a generation of the run that has every row of was, bit for bit, or nil. Rows of
// one kind may also be in the generation before it: they had only been carried over, or had ended
// when a crash came, and were then replaced.
func (s *shelf) holder(was *shelved) (*shelved, error) {
	for _, h := range s.of(was.run, was.generation) {
		lacks, err := h.lacks(was)
		if err != nil || len(lacks) == 0 {
			return h, err
		}
		before := s.files[snapshot.HistoryPath(was.run, h.generation-1)]
		if len(lacks) == 1 && before != nil && before.digests[lacks[0]] == was.digests[lacks[0]] {
			return h, nil
		}
	}
	return nil, nil
}

// of returns the files of a generation, current and ended, and those of the next generation.
func (s *shelf) of(run string, generation int64) []*shelved {
	var all []*shelved
	for _, name := range []string{
		snapshot.Path(run), snapshot.HistoryPath(run, generation), snapshot.HistoryPath(run, generation+1),
	} {
		if h := s.files[name]; h != nil && (h.generation == generation || h.generation == generation+1) {
			all = append(all, h)
		}
	}
	return all
}

// lacks returns the kinds of statistics with a row that some has and h lacks.
func (h *shelved) lacks(some *shelved) (kinds []store.Kind, err error) {
	if h.content == some.content {
		return nil, nil
	}
	a, err := h.load()
	if err != nil {
		return nil, err
	}
	b, err := some.load()
	if err != nil {
		return nil, err
	}
	if !store.Contains(a.Training, b.Training) {
		kinds = append(kinds, store.Training)
	}
	if !store.Contains(a.Validation, b.Validation) {
		kinds = append(kinds, store.Validation)
	}
	return kinds, nil
}

func (h *shelved) load() (*snapshot.Snapshot, error) {
	if h.snapshot != nil {
		return h.snapshot, nil
	}
	f, err := os.Open(filepath.Join(h.dir, h.name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return snapshot.Read(f, h.info.Size())
}

// within returns an error unless the other shelf also has every row of every generation.
func (s *shelf) within(all *shelf) error {
	for _, h := range s.files {
		if holder, err := all.holder(h); err != nil || holder == nil {
			return errors.Join(fmt.Errorf("%s: generation %d, with %d rows, is not in %s", filepath.Join(s.dir, h.name), h.generation, h.rows, all.dir), err)
		}
	}
	return nil
}

// interrupted counts the runs whose current generation is already in the history, while the next
// one has not begun.
func (s *shelf) interrupted() int {
	n := 0
	for _, h := range s.files {
		if end := s.files[snapshot.HistoryPath(h.run, h.generation)]; !h.ended && end != nil && end.content == h.content {
			n++
		}
	}
	return n
}

func digestTraining(rows store.TrainingStats) string {
	h := sha256.New()
	for i, iteration := range rows.Iteration.All() {
		add(h, iteration)
		addFloat(h, rows.Loss, i)
		addFloat(h, rows.Time, i)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digestValidation(rows store.ValidationScores) string {
	h, n := sha256.New(), rows.Scores
	for i, iteration := range rows.Iteration.All() {
		add(h, iteration)
		addList(h, n.Outer, i, func(dataset int) {
			addList(h, n.Middle, dataset, func(parameters int) {
				addList(h, n.Inner, parameters, func(criterion int) { addFloat(h, n.Values, criterion) })
			})
		})
	}
	return hex.EncodeToString(h.Sum(nil))
}

func addList(h hash.Hash, offsets column.Blocks[int], n int, element func(int)) {
	from, to := column.Bounds(offsets, n)
	h.Write([]byte("["))
	for i := from; i < to; i++ {
		element(i)
	}
	h.Write([]byte("]"))
}

// addFloat adds a double. A null, which DaCapo never writes, becomes text that no double can equal.
func addFloat(h hash.Hash, f column.Floats, i int) {
	if f.IsNull(i) {
		h.Write([]byte("null " + strconv.Itoa(i)))
		return
	}
	add(h, f.At(i))
}
