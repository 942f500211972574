package mirror

import (
	"io"
	"slices"
	"strings"

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
}

// consolidate merges what was read into the previous snapshot. It returns nil if
// that has everything. Where whole is set the update has all rows.
func consolidate(p *previous, read reading, whole bool) (*update, error) {
	training, err := decide(trained{p}, read.training.Rows)
	if err != nil {
		return nil, err
	}
	validation, err := decide(validated{p}, read.validation.Rows)
	if err != nil {
		return nil, err
	}
	u := &update{previous: p}
	switch decision := max(training.decision, validation.decision); {
	case decision == store.Keep && !whole:
		return nil, nil
	case decision == store.Overwrite:
		u.change = change{eventOverwritten, training.diverged || validation.diverged}
	case p.empty():
		u.change = change{event: eventStored}
	case decision > store.Keep:
		u.change = change{event: eventExtended}
	}
	if p.file != nil && !whole && u.change.event != eventOverwritten {
		u.groups = p.file.GroupsBelow(min(training.from, validation.from))
	}
	if u.rows, err = p.readFrom(u.groups); err != nil {
		return nil, err
	}
	if u.change.event == eventOverwritten {
		u.ends = u.rows
	}
	u.merge(training, validation, read)
	return u, nil
}

// write writes the snapshot.
func (u *update) write(w io.Writer) error {
	if u.groups == 0 {
		return snapshot.Write(w, u.rows)
	}
	return snapshot.Extend(w, u.previous.file, u.groups, u.rows)
}

// decided is what the merge rule makes of one kind of statistics.
type decided[R any] struct {
	decision store.Decision
	diverged bool
	incoming R
	known    int   // rows of incoming that are there already
	from     int64 // iteration of the first that is not, the highest of all for none
}

func decide[R store.Rows[R]](existing store.Existing[R], incoming R) (d decided[R], err error) {
	d.incoming = incoming
	d.decision, d.diverged, d.known, err = store.Decide(existing, incoming)
	d.from = store.MaxIteration
	if d.decision != store.Keep {
		d.from = store.Iteration(incoming, d.known)
	}
	return d, err
}

// merge makes the rows of u those that the decisions lead to.
func (u *update) merge(training decided[store.TrainingStats], validation decided[store.ValidationScores], read reading) {
	next := *u.rows
	next.Training = merged(training, next.Training)
	next.Validation = merged(validation, next.Validation)
	if max(training.decision, validation.decision) > store.Keep {
		next.Sources = mergeSources(u.previous.Sources, read)
	}
	if u.change.event == eventStored || u.change.event == eventOverwritten {
		next.Generation++
	}
	u.rows = &next
}

func merged[R store.Rows[R]](d decided[R], existing R) R {
	switch {
	case d.decision == store.Keep:
		return existing
	case d.decision == store.Extend || existing.Len() > 0 && d.decision == store.Store:
		return store.Append(existing, d.incoming, d.known, d.incoming.Len())
	}
	return d.incoming
}

// mergeSources returns the files whose content was merged last, of each kind.
func mergeSources(previous []store.Source, read reading) []store.Source {
	of := map[store.Kind][]store.Source{store.Training: read.training.Sources, store.Validation: read.validation.Sources}
	var all []store.Source
	for _, kind := range store.Kinds {
		if len(of[kind]) > 0 {
			all = append(all, of[kind]...)
		} else {
			all = append(all, sourcesOf(previous, kind)...)
		}
	}
	return all
}

func sourcesOf(sources []store.Source, kind store.Kind) []store.Source {
	return slices.DeleteFunc(slices.Clone(sources), func(s store.Source) bool {
		return !strings.HasPrefix(s.Path, string(kind)+"/")
	})
}
