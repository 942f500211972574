package store

// FileStatsStore stores statistics of runs in files, as DaCapo's class of that
// name does (dacapo/store/file_stats_store.py), on the same files.
type FileStatsStore struct{ dir string }

// NewFileStatsStore returns a store on the stats tree dir.
func NewFileStatsStore(dir string) *FileStatsStore { return &FileStatsStore{dir} }

// StoreTrainingStats stores the training stats of a run.
func (s *FileStatsStore) StoreTrainingStats(run string, stats TrainingStats) error { return errTODO }

// RetrieveTrainingStats returns the training stats of a run.
func (s *FileStatsStore) RetrieveTrainingStats(run string) (TrainingStats, error) {
	return TrainingStats{}, errTODO
}

// StoreValidationIterationScores stores the validation scores of a run.
func (s *FileStatsStore) StoreValidationIterationScores(run string, scores ValidationScores) error {
	return errTODO
}

// RetrieveValidationIterationScores returns the validation scores of a run.
func (s *FileStatsStore) RetrieveValidationIterationScores(run string) (ValidationScores, error) {
	return ValidationScores{}, errTODO
}

// DeleteTrainingStats deletes the training stats of a run.
func (s *FileStatsStore) DeleteTrainingStats(run string) error { return errTODO }
