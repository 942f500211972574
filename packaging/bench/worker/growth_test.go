package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/store/chart"
)

var update = flag.Bool("update", false, "draw the picture of speed in packaging/docs again")

// TestPictureOfSpeedShowsTheFigures checks that the pictures in packaging/docs show the figures
// beside them. To measure those: FIGURES=packaging/docs/pictures/speed.json
// packaging/bench/bench.sh.
func TestPictureOfSpeedShowsTheFigures(t *testing.T) {
	t.Parallel()
	const path = "../../docs/pictures/speed"
	file, err := os.Open(path + ".json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := readGrowth(file)
	if err != nil || len(all) == 0 || all[0].By != "rows" {
		t.Fatalf("the figures have no costs by rows: %v", err)
	}
	drawn := all[0].chart()
	drawn.Panels[0].Title = "Seconds for one file, by the rows in it (less is better)"
	for name, dark := range map[string]bool{path + ".svg": false, path + "-dark.svg": true} {
		var picture bytes.Buffer
		if err := chart.WritePicture(&picture, drawn, chart.Picture{Dark: dark}); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, picture.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), picture.String()); diff != "" {
			t.Errorf("%s does not show its figures: %s\nrun: go test ./packaging/bench/worker -update", name, diff)
		}
	}
}
