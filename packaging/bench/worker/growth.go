package main

import (
	"encoding/json"
	"io"
	"os"

	"statsmirror/store/chart"
)

// drawGrowth draws seconds by rows, of a JSON object of series of pairs of both, on
// logarithmic axes: what grows with its size and no faster is a straight line.
func drawGrowth(r io.Reader) error {
	var costs []struct {
		Name   string
		Points [][2]float64
	}
	if err := json.NewDecoder(r).Decode(&costs); err != nil {
		return err
	}
	panel := chart.Panel{Title: "Cost", Y: chart.Axis{Label: "seconds", Log: true}}
	for style, cost := range costs {
		s := chart.Series{Name: cost.Name, Style: style, Dots: true}
		for _, p := range cost.Points {
			s.Points = append(s.Points, chart.Point{X: p[0], Y: p[1], Low: p[1], High: p[1]})
		}
		panel.Series = append(panel.Series, s)
	}
	return chart.WriteText(os.Stdout, chart.Chart{X: chart.Axis{Label: "rows", Log: true}, Panels: []chart.Panel{panel}}, chart.Text{})
}
