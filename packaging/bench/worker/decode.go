package main

import (
	"os"

	"statsmirror/store/pickle"
)

const module = "dacapo.experiments"

var trainingDecoder = pickle.NewDecoder(pickle.Layout{
	Columns: []pickle.Column{
		{Name: "iteration", Type: pickle.Int},
		{Name: "loss", Type: pickle.Float},
		{Name: "time", Type: pickle.Float},
		{Name: "run_name", Type: pickle.Text, Optional: true},
	},
	Classes: []pickle.Class{{Module: module, Name: "TrainingIterationStats"}},
})

var validationDecoder = pickle.NewDecoder(pickle.Layout{
	Columns: []pickle.Column{
		{Name: "iteration", Type: pickle.Int},
		{Name: "scores", Type: pickle.Nested},
		{Name: "run_name", Type: pickle.Text, Optional: true},
	},
	Classes: []pickle.Class{{Module: module, Name: "ValidationIterationScores"}},
})

func decodeTraining(args []string) error   { return decode(trainingDecoder, args[0]) }
func decodeValidation(args []string) error { return decode(validationDecoder, args[0]) }

func decode(d *pickle.Decoder, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	table, err := d.Decode(f)
	d.Reuse(table)
	return err
}
