package chart

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestInColumns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		entries     []int
		width, most int
		rows        int
		widths      []int
	}{
		"one row":                 {[]int{3, 4, 5}, 16, 9, 1, []int{3, 4, 5}},
		"two columns":             {[]int{3, 4, 5}, 15, 9, 2, []int{4, 5}},
		"a long one":              {[]int{3, 20, 5}, 15, 9, 3, []int{15}},
		"a long one, but 2 rows":  {[]int{3, 20, 5}, 16, 2, 2, []int{9, 5}},
		"two long ones":           {[]int{20, 20, 3}, 24, 1, 1, []int{8, 8, 3}},
		"exactly":                 {[]int{5}, 5, 9, 1, []int{5}},
		"nothing":                 {nil, 5, 9, 0, nil},
		"no row at all available": {[]int{5, 5}, 12, 0, 1, []int{5, 5}},
	} {
		rows, widths := inColumns(c.entries, 2, c.width, c.most)
		if rows != c.rows || !slices.Equal(widths, c.widths) {
			t.Errorf("%s: got %d rows of %v, want %d of %v", name, rows, widths, c.rows, c.widths)
		}
	}
}

// TestLegendIsNoLongerThanThePlot draws many series with names of any length.
func TestLegendIsNoLongerThanThePlot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const width, height = 700, 216
		var l layout
		for range rapid.IntRange(0, 28).Draw(t, "series") {
			l.series = append(l.series, laid{Series: Series{Name: strings.Repeat("m", rapid.IntRange(0, 255).Draw(t, "name"))}})
		}
		legend := l.legend(width, height/int(lineHeight), 1.15)
		all := float64(columnGap * (len(legend.widths) - 1))
		for _, w := range legend.widths {
			all += w.Points()
		}
		if legend.height() > height || all > width+1e-6 {
			t.Errorf("the legend takes %v by %v", all, legend.height())
		}
	})
}

func TestShortNamesKeepTheirTail(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"cells": "cells", "cells-unet-lr1e-3-seed-17": "cells-une…3-seed-17", "": ""} {
		if got := shorten(name, 19, cells); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestTextsOfAnSVGHaveTheirLength checks that a viewer with another font must fit it.
func TestTextsOfAnSVGHaveTheirLength(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := WritePicture(&out, odd(), Picture{}); err != nil {
		t.Fatal(err)
	}
	texts := regexp.MustCompile(`(?s)<text ([^>]*)>([^<]*)</text>`).FindAllStringSubmatch(out.String(), -1)
	if len(texts) < 10 {
		t.Fatalf("the SVG has %d texts", len(texts))
	}
	for _, text := range texts {
		if text[2] == "one point" && !strings.Contains(text[1], fmt.Sprintf(`textLength="%.5g"`, measure("one point"))) || !strings.Contains(text[1], "textLength=") {
			t.Errorf("%s has %s", text[2], text[1])
		}
	}
	if measure("細胞") < 2*fontSize {
		t.Error("letters that the font does not have count as narrow")
	}
}

// TestTextsThatFitStayWhole has a width that was added up in another order.
func TestTextsThatFitStayWhole(t *testing.T) {
	t.Parallel()
	entries := []entry{{text: "aaa"}, {text: "bbbbbbb"}}
	tenth := func(text string) float64 { return 0.1 * float64(len(text)) }
	sum := 0.1 * 10
	if got := fit(entries, sum-1e-12, tenth); got[1].text != "bbbbbbb" {
		t.Errorf("got %v", got)
	}
}
