package mirror

import (
	"io"
	"slices"

	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// change says what a merge did to a run.
type change struct {
	event    string
	diverged bool
}

// update is what a run's next snapshot is to be: the rows of the first groups of the
// previous one, and then those of rows.
type update struct {
	previous *previous
	groups   int
	rows     *snapshot.Snapshot
	ends     *snapshot.Snapshot // the previous one, if its generation ends
	change   change
	gaps     []gap
}

// consolidate merges what was read into the previous snapshot. It returns nil if
// that has everything. Where whole is set the update has all rows.
func consolidate(p *previous, read reading, whole bool) (*update, error) {
	training, err := decide(p.training(), read.training.Rows)
	if err != nil {
		return nil, err
	}
	validation, err := decide(p.validation(), read.validation.Rows)
	if err != nil {
		return nil, err
	}
	u := &update{
		previous: p, rows: &snapshot.Snapshot{Run: p.Run, Generation: p.Generation, Sources: p.Sources},
		gaps: slices.Concat(training.gaps, validation.gaps),
	}
	decision := max(training.decision, validation.decision)
	carried := false
	if decision == store.Overwrite {
		if carried, err = p.carriedOver(overwritten(training.decision, validation.decision)); err != nil {
			return nil, err
		}
	}
	switch {
	case decision == store.Keep && !whole:
		return nil, nil
	case decision == store.Overwrite && !carried:
		u.change = change{event.Overwritten, training.diverged || validation.diverged}
	case p.empty():
		u.change = change{event: event.Stored}
	case decision > store.Keep:
		u.change = change{event: event.Extended}
	}
	if whole || decision == store.Overwrite {
		err = u.mergeAll(training, validation)
	} else {
		err = u.mergeTail(training, validation)
	}
	if err != nil {
		return nil, err
	}
	if u.change.event != "" {
		u.rows.Sources = mergeSources(p.Sources, read)
	}
	if u.change.event == event.Stored || u.change.event == event.Overwritten {
		u.rows.Generation, err = after(p.Generation, 1)
	}
	return u, err
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
func (u *update) mergeAll(training decided[store.TrainingStats], validation decided[store.ValidationScores]) error {
	existing, err := u.previous.readFrom(0)
	if err != nil {
		return err
	}
	if u.change.event == event.Overwritten {
		u.ends = existing
	}
	if max(training.decision, validation.decision) == store.Keep {
		u.rows = existing
		return nil
	}
	u.rows.Training, u.rows.Validation = training.merge(existing.Training), validation.merge(existing.Validation)
	return nil
}

// mergeTail makes the rows of u those after the groups that stay as they are. It reads
// what the previous snapshot has of them if what was read does not have it all.
func (u *update) mergeTail(training decided[store.TrainingStats], validation decided[store.ValidationScores]) error {
	u.groups = u.previous.groupsBelow(min(training.from, validation.from))
	trained, validated := u.previous.rowsFrom(u.groups)
	var known, all bool
	u.rows.Training, known = training.after(u.groups, trained)
	u.rows.Validation, all = validation.after(u.groups, validated)
	if known && all {
		return nil
	}
	existing, err := u.previous.readFrom(u.groups)
	if err != nil {
		return err
	}
	u.rows.Training, u.rows.Validation = training.merge(existing.Training), validation.merge(existing.Validation)
	return nil
}

// count returns how many rows the snapshot has.
func (u *update) count() int64 {
	trained, validated := u.previous.rowsFrom(0)
	after, afterwards := u.previous.rowsFrom(u.groups)
	return trained - after + validated - afterwards + int64(u.rows.Training.Len()+u.rows.Validation.Len())
}

// write writes the snapshot.
func (u *update) write(w io.Writer) (snapshot.Meta, error) {
	if u.groups == 0 {
		return snapshot.Write(w, u.rows)
	}
	return snapshot.Extend(w, u.previous.file, u.groups, u.rows)
}

// decided is what the merge rule makes of one kind of statistics.
type decided[R store.Rows[R]] struct {
	decision store.Decision
	diverged bool
	incoming R
	known    int   // rows of incoming that are there already
	from     int64 // iteration of the first that is not, the highest of all for none
	shared   snapshot.Shared
	gaps     []gap // one or none
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
func mergeSources(previous []store.Source, read reading) []store.Source {
	of := map[store.Kind][]store.Source{store.Training: read.training.Sources, store.Validation: read.validation.Sources}
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
