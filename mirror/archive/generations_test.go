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
	validated := func(iteration int64, score float64) *snapshot.Snapshot {
		s := rows(3, 2, 1)
		s.Validation.Iteration.Append(iteration)
		s.Validation.Scores.BeginRow()
		s.Validation.Scores.BeginOuter()
		s.Validation.Scores.BeginMiddle()
		s.Validation.Scores.Append(score)
		return s
	}
	for _, c := range []struct {
		name           string
		previous, next *snapshot.Snapshot
		want           string
	}{
		{"none before", nil, rows(1), "It is not known why it began, because the previous generation is not kept or cannot be read."},
		{"equal", rows(3, 2, 1), rows(3, 2, 1), "The run went back, and then had the rows of generation 3 again."},
		{"longer", rows(3, 2), rows(3, 2, 1), "The run went back, and then had the rows of generation 3 again."},
		{"no scores", validated(20, 5), rows(3, 2, 1), "The validation went back: generation 3 was validated until 21, this one until 0."},
		{"other scores", validated(20, 5), validated(20, 6), "From iteration 20 on its validation scores differ from generation 3, which was validated until 21."},
		{"scores alone", rows(), rows(1), "The run went back, and then had the rows of generation 3 again."},
		{"starting over", rows(3, 2, 1), rows(4, 3, 2), "The run started over: from iteration 0 on it differs from generation 3."},
		{"shorter", rows(3, 2, 1), rows(3, 2), "The run went back from iteration 20 to 10. So far its rows are those of generation 3."},
		{"other in the middle", rows(3, 2, 1), rows(3, 5, 4, 3), "From iteration 10 on it differs from generation 3, which was trained until 21."},
	} {
		g := Generation{Meta: snapshot.Meta{Generation: 4, TrainedUntil: c.next.Training.TrainedUntil()}, Current: true}
		if g.compare(c.previous, c.next); g.Story != c.want {
			t.Errorf("%s: %s", c.name, g.Story)
		}
	}
	g := Generation{Meta: snapshot.Meta{Generation: 1, TrainedUntil: 21}}
	if g.compare(nil, rows(3, 2, 1)); g.Story != "The first rows of the run. Overwritten when trained until 21." {
		t.Error(g.Story)
	}
}
