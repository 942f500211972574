package mirror

import (
	"errors"
	"io/fs"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// previous is the current snapshot of a run when something is to be merged into it.
// Its rows stay where they are, but for those that the merge needs.
type previous struct {
	snapshot.Meta                // without rows if there is none
	file          *snapshot.File // nil for none
	close         func()
	before        func() (*archive.Content, error) // opens the generation before; nil for none
}

// Head opens the current snapshot of a run. If the run has none, Head returns a snapshot
// without rows, whose generation is the one before the first to come. If the snapshot is
// damaged, or its file is missing, the error is a *snapshot.DamagedError.
//
// The generation is that of the file, unless an ended generation has the same number or a
// higher one. Then it is one more than the highest of these.
func (t *Tx) Head() (*previous, error) {
	if t.uncertain != nil {
		if err := t.Check(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if t.numberErr != nil {
		return nil, t.numberErr
	}
	number := t.number
	if t.Current == nil && !t.Damaged {
		return &previous{Meta: snapshot.Meta{Run: t.run, Generation: number - 1}, close: func() {}}, nil
	}
	f, info, err := t.catalog.openFile(snapshot.Path(t.run))
	if errors.Is(err, fs.ErrNotExist) { // others may remove files too
		return nil, &snapshot.DamagedError{Err: err}
	}
	if err != nil {
		return nil, err
	}
	file, err := snapshot.Open(f, info.Size())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	p := &previous{Meta: file.Meta(), file: file, close: func() { _ = f.Close() }} // was read only
	p.Generation = number
	p.before = func() (*archive.Content, error) { return t.catalog.openBefore(t.run, number) }
	return p, nil
}

// openBefore opens the last generation that ended before the current one. It returns nil if
// that generation is missing, or damaged as far as its metadata shows. It also returns nil if
// the current generation has ended too, because a crash came between history and snapshot.
func (c *Catalog) openBefore(run string, current int64) (*archive.Content, error) {
	c.mu.Lock()
	ended := c.hold(run).ended
	i, ends := ended.find(current)
	if ends || i == 0 || ended[i-1].lost() {
		c.mu.Unlock()
		return nil, nil
	}
	last := ended[i-1]
	c.mu.Unlock()
	content, err := c.content(file{snapshot.HistoryPath(run, last.Generation), last.Generation, last.Content.String()})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errRefused) || archive.IsDamaged(err) { // others may write there too
		return nil, nil
	}
	return content, err
}

// carriedOver reports whether p has the rows of some kinds only because the generation that
// ended before had them: that one is whole and has the same rows.
func (p *previous) carriedOver(kinds []store.Kind) (bool, error) {
	if p.before == nil {
		return false, nil
	}
	before, err := p.before()
	if err != nil || before == nil {
		return false, err
	}
	defer before.Close()
	same := true
	for _, kind := range kinds {
		if same && err == nil {
			same, err = before.SameRows(p.file, kind)
		}
	}
	if same && err == nil {
		err = before.Verify() // because hashes in its metadata were compared, not rows
	}
	if archive.IsDamaged(err) { // if it is p that is damaged, the merge finds that too
		return false, nil
	}
	return same, err
}

func (p *previous) empty() bool { return p.TrainingRows == 0 && p.ValidationRows == 0 }

// groupsBelow returns how many groups stay as they are if rows from an iteration on
// are added.
func (p *previous) groupsBelow(iteration int64) int {
	if p.file == nil {
		return 0
	}
	return p.file.GroupsBelow(iteration)
}

// rowsFrom returns how many rows of each kind there are from a group on.
func (p *previous) rowsFrom(group int) (training, validation int64) {
	if p.file == nil {
		return 0, 0
	}
	return p.file.RowsFrom(group)
}

// readFrom returns p without the rows of its first groups.
func (p *previous) readFrom(group int) (*snapshot.Snapshot, error) {
	if p.file == nil {
		return &snapshot.Snapshot{Run: p.Run, Generation: p.Generation}, nil
	}
	s, err := p.file.ReadFrom(group)
	if err == nil {
		s.Generation, s.Ended = p.Generation, time.Time{}
	}
	return s, err
}

// existing is one kind of statistics of a previous snapshot, and what the rows share with
// it that were compared with it.
type existing[R any] struct {
	kind        store.Kind
	rows, until int64
	share       func(R, int) (snapshot.Shared, bool, error)
	shared      snapshot.Shared
}

func (p *previous) training() *existing[store.TrainingStats] {
	return &existing[store.TrainingStats]{kind: store.Training, rows: p.TrainingRows, until: p.TrainedUntil, share: p.file.ShareTraining}
}

func (p *previous) validation() *existing[store.ValidationScores] {
	return &existing[store.ValidationScores]{kind: store.Validation, rows: p.ValidationRows, until: p.ValidatedUntil, share: p.file.ShareValidation}
}

func (e *existing[R]) Len() int     { return int(e.rows) }
func (e *existing[R]) Until() int64 { return e.until }

func (e *existing[R]) Has(incoming R, n int) (has bool, err error) {
	e.shared, has, err = e.share(incoming, n)
	return has, err
}
