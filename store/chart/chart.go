package chart

// Chart is one or more panels, one above the other, over a common X axis.
type Chart struct {
	X      Axis
	Panels []Panel
}

// Panel is a set of series in one coordinate system.
type Panel struct {
	Title  string
	Y      Axis
	Series []Series
}

// Axis describes an axis. Its range follows from the data.
type Axis struct {
	Label string // with the unit
	Log   bool   // logarithmic: values that are not positive become marks
}

// Series is a line with its text in the legend.
type Series struct {
	Name   string
	Style  int // the colour and the pattern; series with the same one look the same
	Points []Point
	Marks  []Mark
	Dots   bool // draw each point, not just the line
	Role   Role
}

// Role says what a series is in a panel.
type Role uint8

// The roles of series. Quantiles makes those of all roles but the first.
const (
	Single Role = iota // a line for itself
	Median             // the line through a band of many series; it is black, whatever the style
	Inner              // the inner part of the band: only the band of the points is drawn, in grey
	Outer              // the outer part
)

// isBand reports whether only the band of the points is drawn.
func (r Role) isBand() bool { return r >= Inner }

// Coloured returns the n-th style whose colour is not black.
func Coloured(n int) int { return n + n/neutral }

// Point is a point of a line and its band. The band is empty if Low and High equal Y. A Y that is
// not finite interrupts the line; a mark says why.
type Point struct {
	X, Y, Low, High float64
}

// Mark is something at X that is not a point of the line.
type Mark struct {
	Kind Kind
	X    float64
	Y    float64 // of a Best
	Rows int     // number of values that the mark stands for, if its kind is a value
	Text string  // for the legend, of the other kinds
}

// Kind is the kind of a Mark.
type Kind uint8

// The kinds of marks.
const (
	NaN         Kind = iota // at the bottom
	PosInf                  // at the top
	NegInf                  // at the bottom
	NotPositive             // at the bottom of a logarithmic axis; drawing adds these itself
	Left                    // a vertical line where a series leaves another
	Best                    // at a point
	kinds
)

// String returns the legend's name for a value of the kind.
func (k Kind) String() string {
	return [kinds]string{"NaN", "+Inf", "-Inf", "0 or less", "left", "best"}[k]
}

// isValue reports whether marks of the kind stand for values of the series.
func (k Kind) isValue() bool { return k <= NotPositive }
