package merge

import (
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Head is the current snapshot of a run, as the target of a merge. Its rows stay in its file,
// except the rows that the merge needs.
type Head struct {
	snapshot.Meta // without rows if the run has no snapshot
	content       *archive.Content
	file          *snapshot.File
	before        func() (*archive.Content, error)
}

// NewHead returns a Head with the rows of content; nil for none. Its generation is that of m.
// before opens the previous ended generation. It may be nil, or return nil without one.
func NewHead(m snapshot.Meta, content *archive.Content, before func() (*archive.Content, error)) *Head {
	h := &Head{Meta: m, content: content, before: before}
	if content != nil {
		h.file = content.File
	}
	return h
}

// Close closes the file of the snapshot.
func (h *Head) Close() {
	if h.content != nil {
		_ = h.content.Close() // it was only read
	}
}

// carriedOver reports whether h has the rows of some kinds only because the previous ended
// generation had them: that generation is whole and has the same rows.
func (h *Head) carriedOver(kinds []store.Kind) (bool, error) {
	if h.before == nil {
		return false, nil
	}
	before, err := h.before()
	if err != nil || before == nil {
		return false, err
	}
	defer before.Close()
	same := true
	for _, kind := range kinds {
		if same && err == nil {
			same, err = before.SameRows(h.file, kind)
		}
	}
	if same && err == nil {
		err = before.Verify() // because the comparison used hashes in its metadata, not its rows
	}
	if archive.IsDamaged(err) { // if h itself is damaged, the merge also finds that
		return false, nil
	}
	return same, err
}

func (h *Head) empty() bool { return h.TrainingRows == 0 && h.ValidationRows == 0 }

// groupsBelow returns how many groups stay unchanged if rows from an iteration on are added.
func (h *Head) groupsBelow(iteration int64) int {
	if h.file == nil {
		return 0
	}
	return h.file.GroupsBelow(iteration)
}

// rowsFrom returns the number of rows of each kind from a group on.
func (h *Head) rowsFrom(group int) (training, validation int64) {
	if h.file == nil {
		return 0, 0
	}
	return h.file.RowsFrom(group)
}

// readFrom returns h without the rows of its first groups.
func (h *Head) readFrom(group int) (*snapshot.Snapshot, error) {
	if h.file == nil {
		return &snapshot.Snapshot{Run: h.Run, Generation: h.Generation}, nil
	}
	s, err := h.file.ReadFrom(group)
	if err == nil {
		s.Generation, s.Ended = h.Generation, time.Time{}
	}
	return s, err
}

// existing is one kind of statistics of a head, with the rows it shares with those compared last.
type existing[R any] struct {
	kind        store.Kind
	rows, until int64
	share       func(R, int) (snapshot.Shared, bool, error)
	shared      snapshot.Shared
}

func (h *Head) training() *existing[store.TrainingStats] {
	return &existing[store.TrainingStats]{kind: store.Training, rows: h.TrainingRows, until: h.TrainedUntil, share: h.file.ShareTraining}
}

func (h *Head) validation() *existing[store.ValidationScores] {
	return &existing[store.ValidationScores]{kind: store.Validation, rows: h.ValidationRows, until: h.ValidatedUntil, share: h.file.ShareValidation}
}

func (e *existing[R]) Len() int     { return int(e.rows) }
func (e *existing[R]) Until() int64 { return e.until }

func (e *existing[R]) Has(incoming R, n int) (has bool, err error) {
	e.shared, has, err = e.share(incoming, n)
	return has, err
}
