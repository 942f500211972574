package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"statsmirror/store/chart"
)

// growth is what costs how many seconds by how much there is of something.
type growth struct {
	By    string
	Costs []struct {
		Name   string
		Points [][2]float64
	}
}

// drawGrowth draws a JSON list of growths on logarithmic axes: what grows with its size
// and no faster is a straight line.
func drawGrowth(r io.Reader) error {
	var all []growth
	if err := json.NewDecoder(r).Decode(&all); err != nil {
		return err
	}
	for _, g := range all {
		fmt.Println()
		if err := g.draw(os.Stdout); err != nil {
			return err
		}
	}
	return nil
}

func (g growth) draw(w io.Writer) error {
	panel := chart.Panel{Y: chart.Axis{Label: "Seconds", Log: true}}
	for style, cost := range g.Costs {
		s := chart.Series{Name: cost.Name, Style: style, Dots: true}
		for _, p := range cost.Points {
			s.Points = append(s.Points, chart.Point{X: p[0], Y: p[1], Low: p[1], High: p[1]})
		}
		panel.Series = append(panel.Series, s)
	}
	return chart.WriteText(w, chart.Chart{X: chart.Axis{Label: g.By, Log: true}, Panels: []chart.Panel{panel}}, chart.Text{})
}
