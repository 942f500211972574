package store

import "context"

// Inspection is what a stats file or a run directory was found to hold.
type Inspection struct {
	Kind       Kind
	RunName    string           // what the rows say; "" where they do not
	Training   TrainingStats    // normalised, if Kind is Training
	Validation ValidationScores // normalised, if Kind is Validation
	Problems   []string
	Damage     *InvalidError // nil if the content is whole, else why the rows are only those that can be saved
}

// Inspect reads any stats file or run directory, wherever it is, as it is now.
// Which kind it is shows in its rows, or else in the name of the directory that
// it is in. Damage is no error.
func Inspect(ctx context.Context, path string) (*Inspection, error) { return nil, errTODO }
