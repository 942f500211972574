package snapshot

import (
	"errors"
	"fmt"
)

// MostGenerations is the highest number of a generation, because the names of ended generations
// have no room for more digits.
const MostGenerations = 99_999_999

func checkGeneration(generation int64) error {
	if generation < 1 || generation > MostGenerations {
		return fmt.Errorf("generation %d is not between 1 and %d", generation, MostGenerations)
	}
	return nil
}

// ErrNoNumber says that a run has no number left for a generation.
var ErrNoNumber = errors.New("no number is left for another generation; move the run's snapshot and history away")

// After returns the generation that is n later than the given one. All sums of generation numbers
// use it, because the numbers come from files. If the sum is above MostGenerations, the error
// matches ErrNoNumber.
func After(generation, n int64) (int64, error) {
	if n < 0 || n > MostGenerations || generation > MostGenerations-n {
		return 0, fmt.Errorf("generation %d and %d more: %w", generation, n, ErrNoNumber)
	}
	return generation + n, nil
}
