package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"statsmirror/store/chart"
)

// growth is the cost of something in seconds, by the number of rows or runs.
type growth struct {
	By    string
	Costs []struct {
		Name   string
		Points [][2]float64
	}
}

// readGrowth reads a JSON list of growths.
func readGrowth(r io.Reader) (all []growth, err error) {
	return all, json.NewDecoder(r).Decode(&all)
}

// drawGrowth draws a JSON list of growths as text.
func drawGrowth(r io.Reader) error {
	all, err := readGrowth(r)
	if err != nil {
		return err
	}
	for _, g := range all {
		fmt.Println()
		if err := chart.WriteText(os.Stdout, g.chart(), chart.Text{}); err != nil {
			return err
		}
	}
	return nil
}

// chart has logarithmic axes: a cost in proportion to its size is a straight line.
func (g growth) chart() chart.Chart {
	panel := chart.Panel{Y: chart.Axis{Label: "seconds", Log: true}}
	for style, cost := range g.Costs {
		s := chart.Series{Name: cost.Name, Style: style, Dots: true}
		for _, p := range cost.Points {
			s.Points = append(s.Points, chart.Point{X: p[0], Y: p[1], Low: p[1], High: p[1]})
		}
		panel.Series = append(panel.Series, s)
	}
	return chart.Chart{X: chart.Axis{Label: g.By, Log: true}, Panels: []chart.Panel{panel}}
}
