package main

import (
	"os"

	"statsmirror/store/pickle"
)

const module = "dacapo.experiments"

var trainingLayout = pickle.Layout{
	Columns: []pickle.Column{
		{Name: "iteration", Type: pickle.Int},
		{Name: "loss", Type: pickle.Float},
		{Name: "time", Type: pickle.Float},
		{Name: "run_name", Type: pickle.Text, Optional: true},
	},
	Classes: []pickle.Class{{Module: module, Name: "TrainingIterationStats"}},
}

var validationLayout = pickle.Layout{
	Columns: []pickle.Column{
		{Name: "iteration", Type: pickle.Int},
		{Name: "scores", Type: pickle.Nested},
		{Name: "run_name", Type: pickle.Text, Optional: true},
	},
	Classes: []pickle.Class{{Module: module, Name: "ValidationIterationScores"}},
}

func decodeTraining(args []string) error   { return decode(trainingLayout, args[0]) }
func decodeValidation(args []string) error { return decode(validationLayout, args[0]) }

func decode(layout pickle.Layout, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = pickle.NewDecoder(layout).Decode(f)
	return err
}
