package store

import (
	"fmt"

	"statsmirror/store/column"
)

// problems notes anything unusual in the iterations of a file's rows.
func problems(iterations column.Blocks[int64]) []string {
	if isNormal(iterations) && (iterations.Len() == 0 || iterations.At(0) >= 0) {
		return nil
	}
	var descents, negative int
	for i, n := range iterations.All() {
		if n < 0 {
			negative++
		}
		if i > 0 && n < iterations.At(i-1) {
			descents++
		}
	}
	superseded := iterations.Len() - len(lastOfEach(iterations))
	var notes []string
	note := func(n int, text, one, many string) {
		if n > 0 {
			notes = append(notes, fmt.Sprintf("%s (%s)", text, Count(n, one, many)))
		}
	}
	note(descents, "rows are not in order of iteration", "step back", "steps back")
	note(superseded, "iterations occur more than once", "row superseded", "rows superseded")
	note(negative, "iterations are negative", "row", "rows")
	return notes
}

// Count returns a number of things in words: "1 row", "2 rows".
func Count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// CountRuns returns a number of runs in words.
func CountRuns(n int) string { return Count(n, "run", "runs") }

// fileNames are the run names in the rows of one file.
type fileNames struct {
	first   string // "" if no row has a name
	several bool
	notText bool // a row has a name that is not text
}

// runNames are the run names in the rows of all files of a run.
type runNames struct {
	first   string // "" until a row has a name
	several bool
	notText bool
}

// add adds the names in a file.
func (r *runNames) add(in fileNames) {
	if r.first == "" {
		r.first = in.first
	}
	r.several = r.several || in.several || in.first != "" && in.first != r.first
	r.notText = r.notText || in.notText
}

func (r *runNames) problems(run string) []string {
	switch {
	case r.notText:
		return []string{"run_name of a row is not text"}
	case r.several:
		return []string{"rows name several runs"}
	case r.first != "" && r.first != pythonName(run):
		return []string{fmt.Sprintf("rows name another run, %q", r.first)}
	}
	return nil
}
