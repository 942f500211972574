package template

import "statsmirror/store/column"

// MaxColumns is how many columns rows have at most.
const MaxColumns = 8

// Columns is room for rows to come, by column.
type Columns struct {
	Ints   [MaxColumns][]int64
	Floats [MaxColumns][]float64
	Nested [MaxColumns]*column.Nested

	FrameEnd int64 // how far the frames among the rows go, from the end of the window's buffer on
}
