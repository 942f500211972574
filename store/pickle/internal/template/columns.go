package template

import "statsmirror/store/column"

// MaxColumns is the highest number of columns in a row.
const MaxColumns = 8

// Columns is room for rows to come, one entry per column of the layout.
type Columns struct {
	Ints   [MaxColumns][]int64
	Floats [MaxColumns][]float64
	Nested [MaxColumns]*column.Nested

	FrameEnd int64 // offset of the end of the frames among the rows, counted from the end of the buffer's memory
}
