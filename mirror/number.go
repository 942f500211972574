package mirror

import (
	"errors"
	"fmt"

	"statsmirror/mirror/snapshot"
)

// mostAdopted is the highest generation that is adopted from a backup. It leaves room for
// the generations that the run is yet to have, and for those that move behind it.
const mostAdopted = snapshot.MostGenerations / 2

// errNumbers says that a run has no number left for a generation.
var errNumbers = errors.New("no number is left for another generation; move the run's snapshot and history away")

// after returns the generation that comes n after one. All numbers of generations are
// added here, because they come from files.
func after(generation, n int64) (int64, error) {
	if n < 0 || n > snapshot.MostGenerations || generation > snapshot.MostGenerations-n {
		return 0, fmt.Errorf("generation %d and %d more: %w", generation, n, errNumbers)
	}
	return generation + n, nil
}
