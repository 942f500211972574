// Package merge applies the merge rule of [store.Decide] to the current snapshot of a run. It
// decides on the next snapshot and writes it. It changes no catalog.
package merge

import (
	"io"
	"slices"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Reading is the content read from a run's files, normalised. A kind without sources was not read.
type Reading struct {
	Training   store.File[store.TrainingStats]
	Validation store.File[store.ValidationScores]
}

// Empty reports whether nothing was read.
func (r *Reading) Empty() bool { return len(r.Training.Sources)+len(r.Validation.Sources) == 0 }

// Release returns the memory of the rows for reuse. The rows must not be used afterwards.
func (r *Reading) Release() {
	r.Training.Release()
	r.Validation.Release()
}

// Change says what a merge did to a run.
type Change struct {
	Event    string // its name in package event; "" for no change
	Diverged bool   // stored rows have changed
}

// Since returns the change from an older head to next. c is the last part of that change. before is
// nil if the run had no snapshot then.
func (c Change) Since(before *snapshot.Meta, next *snapshot.Snapshot) Change {
	switch {
	case before == nil:
		return Change{Event: event.Stored}
	case next.Generation > before.Generation:
		return Change{event.Overwritten, c.Diverged}
	case snapshot.ContentSHA256(next) != before.ContentSHA256:
		return Change{Event: event.Extended}
	}
	return Change{}
}

// Update is the content of a run's next snapshot: the rows of the first groups of the head, then
// its own rows.
type Update struct {
	Rows   *snapshot.Snapshot // after the rows of the unchanged groups
	Ends   *snapshot.Snapshot // the head if its generation ends; otherwise nil
	Change Change
	Gaps   []Gap // between the head and the merged rows

	head   *Head
	groups int // number of unchanged groups
}

// Consolidate merges a reading into the head. It returns nil if the head has everything. If
// store.Decide overwrites rows of a kind, a new generation begins. It does not if the head has these
// rows only because the generation before had them. If whole is set, the update has all rows in any
// case.
func Consolidate(h *Head, read Reading, whole bool) (*Update, error) {
	training, err := decide(h.training(), read.Training.Rows)
	if err != nil {
		return nil, err
	}
	validation, err := decide(h.validation(), read.Validation.Rows)
	if err != nil {
		return nil, err
	}
	u := &Update{
		head: h, Rows: &snapshot.Snapshot{Run: h.Run, Generation: h.Generation, Sources: h.Sources},
		Gaps: slices.Concat(training.gaps, validation.gaps),
	}
	decision := max(training.decision, validation.decision)
	carried := false
	if decision == store.Overwrite {
		if carried, err = h.carriedOver(overwritten(training.decision, validation.decision)); err != nil {
			return nil, err
		}
	}
	switch {
	case decision == store.Keep && !whole:
		return nil, nil
	case decision == store.Overwrite && !carried:
		u.Change = Change{event.Overwritten, training.diverged || validation.diverged}
	case h.empty():
		u.Change = Change{Event: event.Stored}
	case decision > store.Keep:
		u.Change = Change{Event: event.Extended}
	}
	if whole || decision == store.Overwrite {
		err = u.mergeAll(training, validation)
	} else {
		err = u.mergeTail(training, validation)
	}
	if err != nil {
		return nil, err
	}
	if u.Change.Event != "" {
		u.Rows.Sources = mergeSources(h.Sources, read)
	}
	if u.Change.Event == event.Stored || u.Change.Event == event.Overwritten {
		u.Rows.Generation, err = snapshot.After(h.Generation, 1)
	}
	return u, err
}

// Join returns the update that continues first with the rows of second. It returns nil if the merge
// rule does not take them for one growing run.
func Join(first, second *archive.Content) (*Update, error) {
	rows, err := second.ReadFrom(0)
	if err != nil {
		return nil, err
	}
	h := NewHead(first.Meta(), first, nil)
	training, err := decide(h.training(), rows.Training)
	if err != nil {
		return nil, err
	}
	validation, err := decide(h.validation(), rows.Validation)
	if err != nil || max(training.decision, validation.decision) == store.Overwrite {
		return nil, err
	}
	u := &Update{head: h, Rows: &snapshot.Snapshot{Run: h.Run}, Gaps: slices.Concat(training.gaps, validation.gaps)}
	return u, u.mergeTail(training, validation)
}

// overwritten returns the kinds that are overwritten.
func overwritten(training, validation store.Decision) []store.Kind {
	var kinds []store.Kind
	if training == store.Overwrite {
		kinds = append(kinds, store.Training)
	}
	if validation == store.Overwrite {
		kinds = append(kinds, store.Validation)
	}
	return kinds
}

// mergeAll gives u all rows of the run.
func (u *Update) mergeAll(training decided[store.TrainingStats], validation decided[store.ValidationScores]) error {
	existing, err := u.head.readFrom(0)
	if err != nil {
		return err
	}
	if u.Change.Event == event.Overwritten {
		u.Ends = existing
	}
	if max(training.decision, validation.decision) == store.Keep {
		u.Rows = existing
		return nil
	}
	u.Rows.Training, u.Rows.Validation = training.merge(existing.Training), validation.merge(existing.Validation)
	return nil
}

// mergeTail gives u the rows after the unchanged groups. It reads rows from the previous snapshot
// if the reading lacks some of them.
func (u *Update) mergeTail(training decided[store.TrainingStats], validation decided[store.ValidationScores]) error {
	u.groups = u.head.groupsBelow(min(training.from, validation.from))
	trained, validated := u.head.rowsFrom(u.groups)
	var known, all bool
	u.Rows.Training, known = training.after(u.groups, trained)
	u.Rows.Validation, all = validation.after(u.groups, validated)
	if known && all {
		return nil
	}
	existing, err := u.head.readFrom(u.groups)
	if err != nil {
		return err
	}
	u.Rows.Training, u.Rows.Validation = training.merge(existing.Training), validation.merge(existing.Validation)
	return nil
}

// Count returns how many rows the snapshot has.
func (u *Update) Count() int64 {
	trained, validated := u.head.rowsFrom(0)
	after, afterwards := u.head.rowsFrom(u.groups)
	return trained - after + validated - afterwards + int64(u.Rows.Training.Len()+u.Rows.Validation.Len())
}

// Write writes the snapshot.
func (u *Update) Write(w io.Writer) (snapshot.Meta, error) {
	if u.groups == 0 {
		return snapshot.Write(w, u.Rows)
	}
	return snapshot.Extend(w, u.head.file, u.groups, u.Rows)
}

// decided is the decision of the merge rule for one kind of statistics.
type decided[R store.Rows[R]] struct {
	decision store.Decision
	diverged bool
	incoming R
	known    int   // number of incoming rows that exist already
	from     int64 // iteration of the first row that does not; the highest possible for none
	shared   snapshot.Shared
	gaps     []Gap // one or none
}

func decide[R store.Rows[R]](existing *existing[R], incoming R) (d decided[R], err error) {
	d.incoming, d.from = incoming, store.MaxIteration
	d.decision, d.diverged, d.known, err = store.Decide(existing, incoming)
	if d.decision != store.Keep {
		d.from = store.Iteration(incoming, d.known)
	}
	if d.shared = existing.shared; d.decision == store.Extend && d.known == 0 {
		d.gaps = gaps(existing.kind, existing.until, incoming)
	}
	return d, err
}

// merge returns the rows that result from the decision and existing.
func (d decided[R]) merge(existing R) R {
	switch d.decision {
	case store.Keep:
		return existing
	case store.Extend:
		return store.Append(existing, d.incoming, d.known, d.incoming.Len())
	}
	return d.incoming
}

// after returns the resulting rows from a group on. existing is how many of them the previous
// snapshot has. ok is false if they must be read from there.
func (d decided[R]) after(group int, existing int64) (rows R, ok bool) {
	from := d.known
	switch {
	case existing > 0:
		if from, ok = d.shared.From(group); !ok {
			return rows, false
		}
	case d.decision == store.Keep:
		return rows, true
	}
	if from == 0 {
		return d.incoming, true
	}
	return store.Append(rows, d.incoming, from, d.incoming.Len()), true
}

// mergeSources returns the files merged last, for each kind.
func mergeSources(previous []store.Source, read Reading) []store.Source {
	of := map[store.Kind][]store.Source{store.Training: read.Training.Sources, store.Validation: read.Validation.Sources}
	var all []store.Source
	for _, kind := range store.Kinds {
		if len(of[kind]) > 0 {
			all = append(all, of[kind]...)
		} else {
			all = append(all, store.OfKind(previous, kind)...)
		}
	}
	return all
}
