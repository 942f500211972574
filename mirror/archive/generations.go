package archive

import (
	"context"
	"slices"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Generation is a generation of a run, compared with the previous one.
type Generation struct {
	snapshot.Meta // with the losses of the rows, if they could be read
	Current       bool

	Previous              int64  // the generation it is compared with; 0 for none
	TrainingDiffersFrom   *int64 // the first iteration with a different row; nil for none
	ValidationDiffersFrom *int64 // the same for validation scores
	Story                 string // why the generation began and how it ended, in sentences
	Err                   error  // why its rows could not be read; the Story says so too
}

// Generations reads the generations of a run, the current one last, and compares each with the
// previous one. It calls see, unless that is nil, with each generation that it could read. It does not
// read known snapshots again. The error is that of History.
func (a *Archive) Generations(ctx context.Context, run string, see func(*snapshot.Snapshot), known ...*snapshot.Snapshot) ([]Generation, error) {
	metas, err := a.History(ctx, run)
	if err != nil {
		return nil, err
	}
	var all []Generation
	var previous *snapshot.Snapshot
	for i, meta := range metas {
		g := Generation{Meta: meta, Current: i == len(metas)-1}
		s, err := a.loadUnless(ctx, known, run, meta.Generation)
		if err != nil {
			g.Err, g.Story = err, "It cannot be compared: "+err.Error()
		} else {
			g.compare(previous, s)
			if see != nil {
				see(s)
			}
		}
		all, previous = append(all, g), s
	}
	return all, ctx.Err()
}

// loadUnless loads a generation unless it is among the known ones.
func (a *Archive) loadUnless(ctx context.Context, known []*snapshot.Snapshot, run string, generation int64) (*snapshot.Snapshot, error) {
	at := slices.IndexFunc(known, func(s *snapshot.Snapshot) bool { return s.Generation == generation })
	if at >= 0 {
		return known[at], nil
	}
	s, err := a.Load(ctx, run, generation)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// compare sets the losses of a generation, and where its rows differ from those of the previous
// one, which is nil for none.
func (g *Generation) compare(previous, s *snapshot.Snapshot) {
	g.Losses = snapshot.LossesOf(s.Training)
	if previous != nil {
		g.Previous = previous.Generation
		g.TrainingDiffersFrom = differFrom(previous.Training, s.Training)
		g.ValidationDiffersFrom = differFrom(previous.Validation, s.Validation)
	}
	g.Story = g.story(previous, s)
}

func differFrom[R store.Rows[R]](a, b R) *int64 {
	iteration, differs := store.Differ(a, b)
	if !differs {
		return nil
	}
	return &iteration
}
