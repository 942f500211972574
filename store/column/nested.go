package column

// Nested is a column whose values are lists of lists of lists of doubles. A
// value may be null, and so may a double; the lists may be ragged and empty
// at every depth.
//
// Row i holds the lists Outer[i] to Outer[i+1]-1, list j of these holds the
// lists Middle[j] to Middle[j+1]-1, and list k of these holds the doubles
// Inner[k] to Inner[k+1]-1. Each of the three offset slices is either empty
// (no lists at that depth) or begins with 0 and never descends. The zero
// Nested has no rows.
//
// Null is nil as long as no row is null, else it has one entry a row; a null
// row has no lists.
type Nested struct {
	Outer, Middle, Inner []int
	Values               Floats
	Null                 []bool
}

// Len returns the number of rows.
func (n Nested) Len() int { return max(0, len(n.Outer)-1) }

// IsNull reports whether row i is null.
func (n Nested) IsNull(i int) bool { return n.Null != nil && n.Null[i] }

// BeginRow adds a row without lists.
func (n *Nested) BeginRow() {
	n.Outer = begin(n.Outer, n.Middle)
	if n.Null != nil {
		n.Null = append(n.Null, false)
	}
}

// AppendNull adds a null row.
func (n *Nested) AppendNull() {
	if n.Null == nil {
		n.Null = make([]bool, n.Len())
	}
	n.Outer = begin(n.Outer, n.Middle)
	n.Null = append(n.Null, true)
}

// BeginOuter adds an empty list to the last row.
func (n *Nested) BeginOuter() {
	n.Middle = begin(n.Middle, n.Inner)
	n.Outer[len(n.Outer)-1]++
}

// BeginMiddle adds an empty list to the last list of the last row.
func (n *Nested) BeginMiddle() {
	if len(n.Inner) == 0 {
		n.Inner = append(n.Inner, 0)
	}
	n.Inner = append(n.Inner, len(n.Values.Values))
	n.Middle[len(n.Middle)-1]++
}

// Append adds a double to the last innermost list.
func (n *Nested) Append(v float64) {
	n.Values.Append(v)
	n.Inner[len(n.Inner)-1]++
}

// AppendNullValue adds a null double to the last innermost list.
func (n *Nested) AppendNullValue() {
	n.Values.AppendNull()
	n.Inner[len(n.Inner)-1]++
}

// begin opens an empty element at one depth, below which are the elements
// that the offsets in below delimit.
func begin(offsets, below []int) []int {
	if len(offsets) == 0 {
		offsets = append(offsets, 0)
	}
	return append(offsets, max(0, len(below)-1))
}

// AppendFrom adds the rows from to to-1 of g.
func (n *Nested) AppendFrom(g Nested, from, to int) {
	for i := from; i < to; i++ {
		if g.IsNull(i) {
			n.AppendNull()
			continue
		}
		n.BeginRow()
		for j := g.Outer[i]; j < g.Outer[i+1]; j++ {
			n.BeginOuter()
			for k := g.Middle[j]; k < g.Middle[j+1]; k++ {
				n.BeginMiddle()
				n.Values.AppendFrom(g.Values, g.Inner[k], g.Inner[k+1])
				n.Inner[len(n.Inner)-1] = n.Values.Len()
			}
		}
	}
}

// EqualRow reports whether row i of n and row j of g have the same lists, the
// same nulls and, bit for bit, the same doubles.
func (n Nested) EqualRow(i int, g Nested, j int) bool {
	if n.IsNull(i) || g.IsNull(j) {
		return n.IsNull(i) && g.IsNull(j)
	}
	a, aEnd := n.Outer[i], n.Outer[i+1]
	b, bEnd := g.Outer[j], g.Outer[j+1]
	if aEnd-a != bEnd-b {
		return false
	}
	for ; a < aEnd; a, b = a+1, b+1 {
		if !n.equalMiddle(a, g, b) {
			return false
		}
	}
	return true
}

func (n Nested) equalMiddle(a int, g Nested, b int) bool {
	k, kEnd := n.Middle[a], n.Middle[a+1]
	l, lEnd := g.Middle[b], g.Middle[b+1]
	if kEnd-k != lEnd-l {
		return false
	}
	for ; k < kEnd; k, l = k+1, l+1 {
		if !n.Values.Slice(n.Inner[k], n.Inner[k+1]).Equal(g.Values.Slice(g.Inner[l], g.Inner[l+1])) {
			return false
		}
	}
	return true
}

// AppendValues adds doubles to the last innermost list.
func (n *Nested) AppendValues(values []float64) {
	n.Values.Values = append(n.Values.Values, values...)
	if n.Values.Null != nil {
		n.Values.Null = append(n.Values.Null, make([]bool, len(values))...)
	}
	n.Inner[len(n.Inner)-1] += len(values)
}
