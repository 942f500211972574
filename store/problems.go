package store

import "fmt"

// problems notes what is unusual in the iterations of a file's rows.
func problems(iterations []int64) []string {
	var descents, negative int
	for i, n := range iterations {
		if n < 0 {
			negative++
		}
		if i > 0 && n < iterations[i-1] {
			descents++
		}
	}
	var notes []string
	if descents > 0 {
		notes = append(notes, fmt.Sprintf("rows are not in order of iteration (%s)", count(descents, "step back", "steps back")))
	}
	if !isNormal(iterations) {
		if again := len(iterations) - len(lastOfEach(iterations)); again > 0 {
			notes = append(notes, fmt.Sprintf("iterations occur more than once (%s superseded)", count(again, "row", "rows")))
		}
	}
	if negative > 0 {
		notes = append(notes, fmt.Sprintf("iterations are negative (%s)", count(negative, "row", "rows")))
	}
	return notes
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
