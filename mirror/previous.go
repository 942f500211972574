package mirror

import (
	"errors"
	"io/fs"
	"os"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// previous is the current snapshot of a run when something is to be merged into it.
// Its rows stay where they are, but for those that the merge needs.
type previous struct {
	snapshot.Meta                // without rows if there is none
	file          *snapshot.File // nil for none
	close         func()
}

// Open opens the current snapshot of a run. If there is none, it is one without rows,
// of the generation after which the first is to come. A damaged one is a
// *snapshot.DamagedError.
//
// The generation is that of the file, unless an ended one has its number or a
// higher one: then it is one after these.
func (c *Catalog) Open(run string) (*previous, error) {
	if c.Doubted(run) != nil {
		if err := c.Check(run); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	c.mu.Lock()
	h := c.hold(run)
	none, number := h.current == nil && !h.damaged, h.number()
	c.mu.Unlock()
	if none {
		return &previous{Meta: snapshot.Meta{Run: run, Generation: number - 1}, close: func() {}}, nil
	}
	f, err := c.root.Open(snapshot.Path(run))
	if err != nil {
		return nil, err
	}
	p, err := openPrevious(f, number)
	if err != nil {
		_ = f.Close() // was read only
	}
	return p, err
}

func openPrevious(f *os.File, generation int64) (*previous, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := snapshot.Open(f, info.Size())
	if err != nil {
		return nil, err
	}
	p := &previous{Meta: file.Meta(), file: file, close: func() { _ = f.Close() }} // was read only
	p.Generation = generation
	return p, nil
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
		s.Generation = p.Generation
	}
	return s, err
}

// trained is the training stats of a previous snapshot, and how those shared it that
// were compared with it.
type trained struct {
	*previous
	shared snapshot.Shared
}

func (t *trained) Len() int     { return int(t.TrainingRows) }
func (t *trained) Until() int64 { return t.TrainedUntil }

func (t *trained) Has(s store.TrainingStats, n int) (has bool, err error) {
	t.shared, has, err = t.file.ShareTraining(s, n)
	return has, err
}

// validated is the validation scores likewise.
type validated struct {
	*previous
	shared snapshot.Shared
}

func (v *validated) Len() int     { return int(v.ValidationRows) }
func (v *validated) Until() int64 { return v.ValidatedUntil }

func (v *validated) Has(s store.ValidationScores, n int) (has bool, err error) {
	v.shared, has, err = v.file.ShareValidation(s, n)
	return has, err
}
