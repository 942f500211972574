package snapshot

import (
	"errors"
	"fmt"
	"math"

	"statsmirror/store"
)

// MostGenerations is the highest number of a generation, because the names of ended
// ones have digits for no more.
const MostGenerations = 99_999_999

func checkGeneration(generation int64) error {
	if generation < 1 || generation > MostGenerations {
		return fmt.Errorf("generation %d is not between 1 and %d", generation, MostGenerations)
	}
	return nil
}

// ErrNoNumber says that a run has no number left for a generation.
var ErrNoNumber = errors.New("no number is left for another generation; move the run's snapshot and history away")

// After returns the generation that comes n after one. All numbers of generations are
// added here, because they come from files. If the sum is above MostGenerations, the error
// matches ErrNoNumber.
func After(generation, n int64) (int64, error) {
	if n < 0 || n > MostGenerations || generation > MostGenerations-n {
		return 0, fmt.Errorf("generation %d and %d more: %w", generation, n, ErrNoNumber)
	}
	return generation + n, nil
}

// checkNumbers returns an error if a number in the metadata cannot be right. The
// rows are held to the numbers when they are read.
func (f *footer) checkNumbers() error {
	if err := checkGeneration(f.Generation); err != nil {
		return err
	}
	if f.TrainedUntil == math.MinInt64 || f.ValidatedUntil == math.MinInt64 { // one after the highest of all
		return fmt.Errorf("it claims an iteration above %d", int64(store.MaxIteration))
	}
	for _, s := range f.Sources {
		if s.Size < 0 {
			return fmt.Errorf("its source %q has %d bytes", s.Path, s.Size)
		}
	}
	training, validation := f.TrainingRows, f.ValidationRows
	for i, g := range f.groups {
		if g.Last > store.MaxIteration || g.TrainingRows < 0 || g.TrainingRows > mostRows || g.ValidationRows < 0 || g.ValidationRows > mostRows {
			return fmt.Errorf("group %d claims %d and %d rows up to iteration %d", i, g.TrainingRows, g.ValidationRows, g.Last)
		}
		training, validation = training-g.TrainingRows, validation-g.ValidationRows
	}
	if training != 0 || validation != 0 {
		return fmt.Errorf("it claims %d and %d rows, its groups others", f.TrainingRows, f.ValidationRows)
	}
	return nil
}
