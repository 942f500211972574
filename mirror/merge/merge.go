// Package merge applies the merge rule of [store.Decide] to the current snapshot of a run:
// it says what the next snapshot is to be, and writes it. It changes no catalog.
package merge

import (
	"io"
	"slices"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Reading is what was read of a run, normalised. A kind without sources was not read.
type Reading struct {
	Training   store.File[store.TrainingStats]
	Validation store.File[store.ValidationScores]
}

// Empty reports whether nothing was read.
func (r *Reading) Empty() bool { return len(r.Training.Sources)+len(r.Validation.Sources) == 0 }

// Release gives the memory of the rows back, which nobody may use any more.
func (r *Reading) Release() {
	r.Training.Release()
	r.Validation.Release()
}

// Change says what a merge did to a run.
type Change struct {
	Event    string // its name in package event; "" for no change
	Diverged bool   // rows that were stored are others now
}

// Since returns the change from an older head to next. c is the last part of that change;
// before is nil if the run had no snapshot then.
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

// Update is what a run's next snapshot is to be: the rows of the first groups of the head,
// and then its own.
type Update struct {
	Rows   *snapshot.Snapshot // after those of the groups that stay as they are
	Ends   *snapshot.Snapshot // the head, if its generation ends; else nil
	Change Change
	Gaps   []Gap // between the head and what was merged

	head   *Head
	groups int // that stay as they are
}

// Consolidate merges what was read into the head. It returns nil if the head has everything.
// If whole is set, the update has all rows in any case.
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

// Join returns the update that makes the rows of second go on from first. It returns nil if
// the merge rule does not take them for the same run growing.
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

// mergeAll makes the rows of u all that the run has.
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

// mergeTail makes the rows of u those after the groups that stay as they are. It reads
// what the previous snapshot has of them if what was read does not have it all.
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

// decided is what the merge rule makes of one kind of statistics.
type decided[R store.Rows[R]] struct {
	decision store.Decision
	diverged bool
	incoming R
	known    int   // rows of incoming that are there already
	from     int64 // iteration of the first that is not, the highest of all for none
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

// merge returns the rows that the decision makes of existing.
func (d decided[R]) merge(existing R) R {
	switch d.decision {
	case store.Keep:
		return existing
	case store.Extend:
		return store.Append(existing, d.incoming, d.known, d.incoming.Len())
	}
	return d.incoming
}

// after returns the rows from a group on that the decision leads to, of which the
// previous snapshot has some. It is not ok if they have to be read there.
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

// mergeSources returns the files whose content was merged last, of each kind.
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
