package archive

import (
	"testing"

	"statsmirror/mirror/snapshot"
)

func TestStoryOfAGeneration(t *testing.T) {
	t.Parallel()
	rows := func(losses ...float64) *snapshot.Snapshot {
		s := &snapshot.Snapshot{Generation: 3}
		for i, loss := range losses {
			s.Training.Iteration.Append(int64(10 * i))
			s.Training.Loss.Append(loss)
			s.Training.Time.Append(1)
		}
		return s
	}
	validated := rows(3, 2, 1)
	validated.Validation.Iteration.Append(20)
	validated.Validation.Scores.BeginRow()
	for _, c := range []struct {
		name           string
		previous, next *snapshot.Snapshot
		want           string
	}{
		{"none before", nil, rows(1), "no previous generation to compare with"},
		{"equal", rows(3, 2, 1), rows(3, 2, 1), "has the rows of generation 3"},
		{"other scores", validated, rows(3, 2, 1), "trained as generation 3, validated differently from iteration 20 on"},
		{"scores alone", rows(), rows(1), "generation 3 has no training stats"},
		{"starting over", rows(3, 2, 1), rows(4, 3, 2), "started over, unlike generation 3 from iteration 0 on"},
		{"shorter", rows(3, 2, 1), rows(3, 2), "went back to iteration 11 of generation 3"},
		{"longer", rows(3, 2), rows(3, 2, 1), "grew from generation 3 at iteration 20"},
		{"other in the middle", rows(3, 2, 1), rows(3, 5, 4, 3), "left generation 3 at iteration 10"},
	} {
		g := Generation{Meta: snapshot.Meta{Generation: 4, TrainedUntil: c.next.Training.TrainedUntil()}, Current: true}
		if g.compare(c.previous, c.next); g.Story != c.want {
			t.Errorf("%s: %s", c.name, g.Story)
		}
	}
	g := Generation{Meta: snapshot.Meta{Generation: 1, TrainedUntil: 21}}
	if g.compare(nil, rows(3, 2, 1)); g.Story != "the first; overwritten at 21" {
		t.Error(g.Story)
	}
}
