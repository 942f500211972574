package format

import (
	"fmt"
	"text/tabwriter"

	"statsmirror/store"
)

// aligned writes the rows of a table. It aligns about a mebibyte of them at a time, because a
// tabwriter keeps the rows that it aligns in memory.
type aligned struct {
	*tabwriter.Writer
	pending int
}

func (a *aligned) row(layout string, values ...any) error {
	n, err := fmt.Fprintf(a, layout, values...)
	if a.pending += n; err != nil || a.pending < 1<<20 {
		return err
	}
	a.pending = 0
	return a.Flush()
}

// WriteTrainingText writes the last rows of training stats, or all of them, as a table. It aligns
// them with the other content of t.
func WriteTrainingText(t *tabwriter.Writer, s store.TrainingStats, all bool) error {
	w := &aligned{Writer: t}
	from := lastRows(s.Len(), all)
	fmt.Fprintf(w, "\ntraining stats: %s\n", rowsShown(s.Len(), from))
	if s.Len() > 0 {
		fmt.Fprint(w, "iteration\tloss\ttime\n")
	}
	for i := from; i < s.Len(); i++ {
		if err := w.row("%d\t%s\t%s\n", s.Iteration.At(i), Plain(s.Loss, i), Plain(s.Time, i)); err != nil {
			return err
		}
	}
	return nil
}

// WriteValidationText is WriteTrainingText for validation scores. Unless all is set, a row with
// many scores shows only their number.
func WriteValidationText(t *tabwriter.Writer, s store.ValidationScores, all bool) error {
	w := &aligned{Writer: t}
	from := lastRows(s.Len(), all)
	fmt.Fprintf(w, "\nvalidation scores: %s\n", rowsShown(s.Len(), from))
	if s.Len() > 0 {
		fmt.Fprint(w, "iteration\tscores\n")
	}
	for i := from; i < s.Len(); i++ {
		text := string(AppendScores(nil, s.Scores, i))
		if !all && len(text) > fewScores {
			text = summary(s, i)
		}
		if err := w.row("%d\t%s\n", s.Iteration.At(i), text); err != nil {
			return err
		}
	}
	return nil
}

// fewScores is the highest length of the text of a row's scores if not everything is shown.
const fewScores = 400

// summary says how many scores a row has.
func summary(s store.ValidationScores, row int) string {
	datasets, scores := -1, 0
	s.Scores.Visit(row, func(dataset, _, _, _ int) { datasets, scores = max(datasets, dataset), scores+1 })
	return fmt.Sprintf("%s of %s (--all shows each)", store.Count(scores, "score", "scores"), store.Count(datasets+1, "dataset", "datasets"))
}

// lastRows returns the first of the rows to show.
func lastRows(n int, all bool) int {
	const shown = 20
	if all {
		return 0
	}
	return max(0, n-shown)
}

func rowsShown(n, from int) string {
	if from == 0 {
		return store.Count(n, "row", "rows")
	}
	return fmt.Sprintf("%s, the last %d shown (--all shows every row)", store.Count(n, "row", "rows"), n-from)
}
