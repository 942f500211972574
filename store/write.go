package store

import "os"

// WriteTraining writes DaCapo's file of a run's training stats into the stats
// tree root, replacing the one that is there.
func WriteTraining(root *os.Root, run, runName string, s TrainingStats) (Source, error) {
	return Source{}, errTODO
}

// WriteValidation writes DaCapo's file of a run's validation scores into the
// stats tree root, replacing the one that is there.
func WriteValidation(root *os.Root, run, runName string, s ValidationScores) (Source, error) {
	return Source{}, errTODO
}
