package list

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
)

// Scores chooses the score that the list shows of each run: the best of one criterion on one dataset.
// Unlike the other columns, it needs the rows of each run with scores.
type Scores struct {
	Criterion string // a name, or a number counted from 0
	Dataset   int    // counted from 0
	Best      string // criteria.Max or criteria.Min; "" for the direction of the criterion
	Naming    criteria.Naming

	mu     sync.Mutex
	known  map[string]*BestScore // by place and content, because a list may be watched; nil for no such score
	failed []error               // of the runs that were read last
	names  []string              // of criteria that runs have
}

// BestScore is the best score of a run.
type BestScore struct {
	Criterion  string          `json:"criterion"`
	Dataset    int             `json:"dataset"`
	Best       string          `json:"best"` // which score is the best: max or min
	Score      json.RawMessage `json:"score"`
	Iteration  int64           `json:"iteration"`
	Parameters int             `json:"parameters"`

	score float64
}

// add adds the scores to runs. The error says which choice of the user does not fit them.
func (s *Scores) add(ctx context.Context, runs []Run) error {
	wrong := make([]error, len(runs))
	s.failed = nil
	err := archive.Each(ctx, len(runs), func(int, int) {}, func(i int) { runs[i].Score, wrong[i] = s.of(ctx, runs[i]) })
	if err != nil {
		return err
	}
	scored, found := false, (*Run)(nil)
	var undirected error
	for i := range runs {
		if errors.Is(wrong[i], errUndirected) {
			undirected = wrong[i] // it holds up no run whose criteria have directions
		} else if wrong[i] != nil {
			return wrong[i]
		}
		scored = scored || runs[i].ValidationRows > 0
		switch r := &runs[i]; {
		case r.Score == nil:
		case found == nil:
			found = r
		case r.Score.Best != found.Score.Best:
			return usage.Errorf("criterion %s is %s of run %s and %s of run %s; list them apart, or give --best", s.Criterion,
				found.Score.Criterion, term.Printable(found.Run), r.Score.Criterion, term.Printable(r.Run))
		case s.differ(r.Score, found.Score):
			return usage.Errorf("criterion %s is %s of run %s and %s of run %s; list them apart, or give the name of one", s.Criterion,
				found.Score.Criterion, term.Printable(found.Run), r.Score.Criterion, term.Printable(r.Run))
		}
	}
	if found == nil && undirected != nil {
		return undirected
	}
	if scored && found == nil && len(s.failed) == 0 {
		meant := ""
		if len(s.names) > 0 {
			meant = usage.Suggestion(s.Criterion, s.names)
		}
		return usage.Errorf("no run has a finite score of criterion %s on dataset %d%s", term.Printable(s.Criterion), s.Dataset, meant)
	}
	return nil
}

var errUndirected = errors.New("it is not known which score")

// differ reports whether two scores are of criteria with different names, though the user gave one
// number for both. A run whose criteria have no names may have any.
func (s *Scores) differ(a, b *BestScore) bool {
	return a.Criterion != b.Criterion && a.Criterion != s.Criterion && b.Criterion != s.Criterion
}

// of returns the best score of a run; nil if it has none.
func (s *Scores) of(ctx context.Context, r Run) (*BestScore, error) {
	if r.ValidationRows == 0 {
		return nil, nil
	}
	key := r.Location + "\x00" + r.Run + "\x00" + r.SHA256
	s.mu.Lock()
	best, ok := s.known[key]
	s.mu.Unlock()
	if ok {
		return best, nil
	}
	snap, err := r.Listing.Answering().Load(ctx, r.Run, 0)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = append(s.failed, fmt.Errorf("read the scores of run %s: %w", term.Printable(r.Run), err))
		return nil, nil
	}
	names, err := s.Naming.Of(r.Run, snap.Validation)
	if err != nil {
		return nil, err
	}
	if at, ok := names.Find(s.Criterion); ok {
		best = &BestScore{Criterion: names.Label(at), Dataset: s.Dataset, Best: cmp.Or(s.Best, names.Best(at))}
		if best.Best == "" {
			return nil, usage.Errorf("%w of criterion %s is the best; give --best max or --best min, or its direction in --criteria", errUndirected, best.Criterion)
		}
		found, ok := format.BestScore(snap.Validation, s.Dataset, at, best.Best)
		best.score, best.Iteration, best.Parameters = found.Score, found.Iteration, found.Parameters
		if best.Score = format.AppendFloat(nil, found.Score); !ok {
			best = nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]*BestScore{}
	}
	s.known[key] = best
	if len(s.names) == 0 {
		s.names = names.Names()
	}
	return best, nil
}

// failure returns why scores could not be read; nil if s is nil.
func (s *Scores) failure() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.failed...)
}

// caption says which score the list shows; "" if it shows none.
func (s *Scores) caption(runs []Run) string {
	for _, r := range runs {
		if s != nil && r.Score != nil {
			end := "highest"
			if r.Score.Best == criteria.Min {
				end = "lowest"
			}
			return fmt.Sprintf("score: %s of criterion %s on dataset %d", end, s.Criterion, s.Dataset)
		}
	}
	return ""
}

// scoreRank returns the place of a run in the order of scores, the best first. A run without a score
// ranks highest.
func scoreRank(r Run) float64 {
	switch {
	case r.Score == nil:
		return math.Inf(1)
	case r.Score.Best == criteria.Max:
		return -r.Score.score
	}
	return r.Score.score
}

func (r Run) scoreCell() term.Cell {
	if r.Score == nil {
		return term.Cell{Text: unknown}
	}
	return term.Cell{Text: format.Brief(r.Score.score)}
}

func (r Run) scoreText() string {
	if r.Score == nil {
		return unknown
	}
	return string(r.Score.Score)
}
