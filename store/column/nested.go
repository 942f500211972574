package column

// Depth is the depth of the lists that hold the doubles of a Nested.
const Depth = 3

// Nested is a column whose values are lists of lists of lists of doubles. A value may be null, and
// so may a double. The lists may be ragged and empty at every depth.
//
// Row i holds the lists Outer[i] to Outer[i+1]-1, list j of these holds the lists Middle[j] to
// Middle[j+1]-1, and list k of these holds the doubles Inner[k] to Inner[k+1]-1. Each of the three
// lists of offsets is either empty (no lists at that depth) or begins with 0 and never descends.
// The zero Nested has no rows.
//
// Null is empty as long as no row is null; else it has one entry per row. A null row has no lists.
type Nested struct {
	Outer, Middle, Inner Blocks[int]
	Values               Floats
	Null                 Blocks[bool]
}

// Reset removes all rows and keeps their memory for reuse.
func (n *Nested) Reset() {
	n.Outer.Reset()
	n.Middle.Reset()
	n.Inner.Reset()
	n.Values.Reset()
	n.Null.Reset()
}

// Len returns the number of rows.
func (n Nested) Len() int { return max(0, n.Outer.Len()-1) }

// IsNull reports whether row i is null.
func (n Nested) IsNull(i int) bool { return n.Null.Len() > 0 && n.Null.At(i) }

// Bounds returns the start and the end of list i, whose bounds are in offsets.
func Bounds(offsets Blocks[int], i int) (from, to int) { return offsets.At(i), offsets.At(i + 1) }

// BeginRow adds a row without lists.
func (n *Nested) BeginRow() {
	begin(&n.Outer, n.Middle)
	if n.Null.Len() > 0 {
		n.Null.Append(false)
	}
}

// AppendNull adds a null row.
func (n *Nested) AppendNull() {
	n.Null.AppendZeros(n.Len() - n.Null.Len())
	begin(&n.Outer, n.Middle)
	n.Null.Append(true)
}

// BeginOuter adds an empty list to the last row.
func (n *Nested) BeginOuter() {
	begin(&n.Middle, n.Inner)
	widen(n.Outer, 1)
}

// BeginMiddle adds an empty list to the last list of the last row.
func (n *Nested) BeginMiddle() {
	if n.Inner.Len() == 0 {
		n.Inner.Append(0)
	}
	n.Inner.Append(n.Values.Len())
	widen(n.Middle, 1)
}

// BeginList adds an empty list to the last row, level lists deep: 0 or 1.
func (n *Nested) BeginList(level int) {
	if level == 0 {
		n.BeginOuter()
	} else {
		n.BeginMiddle()
	}
}

// Append adds a double to the last innermost list.
func (n *Nested) Append(v float64) {
	n.Values.Append(v)
	widen(n.Inner, 1)
}

// AppendNullValue adds a null double to the last innermost list.
func (n *Nested) AppendNullValue() {
	n.Values.AppendNull()
	widen(n.Inner, 1)
}

// AppendValues adds doubles to the last innermost list.
func (n *Nested) AppendValues(values []float64) {
	n.Values.AppendValues(values)
	widen(n.Inner, len(values))
}

// Take adds doubles to the last innermost list: the first count of the memory that
// n.Values.Values.Spare returned.
func (n *Nested) Take(count int) {
	n.Values.Take(count)
	widen(n.Inner, count)
}

// begin opens an empty list at one depth. below holds the offsets one level deeper.
func begin(offsets *Blocks[int], below Blocks[int]) {
	if offsets.Len() == 0 {
		offsets.Append(0)
	}
	offsets.Append(max(0, below.Len()-1))
}

// widen extends the last list in offsets by n items.
func widen(offsets Blocks[int], n int) {
	last := offsets.Len() - 1
	offsets.Set(last, offsets.At(last)+n)
}

// AppendFrom adds the rows from to to-1 of g.
func (n *Nested) AppendFrom(g Nested, from, to int) {
	for i := from; i < to; i++ {
		if g.IsNull(i) {
			n.AppendNull()
			continue
		}
		n.BeginRow()
		outer, outerEnd := Bounds(g.Outer, i)
		for ; outer < outerEnd; outer++ {
			n.BeginOuter()
			middle, middleEnd := Bounds(g.Middle, outer)
			for ; middle < middleEnd; middle++ {
				n.BeginMiddle()
				inner, innerEnd := Bounds(g.Inner, middle)
				n.Values.AppendFrom(g.Values, inner, innerEnd)
				widen(n.Inner, innerEnd-inner)
			}
		}
	}
}

// Visit visits the doubles of row i, null ones too. It passes the indexes of the lists that hold a
// double, and the double's index in Values.
func (n Nested) Visit(i int, visit func(outer, middle, inner, at int)) {
	if n.IsNull(i) {
		return
	}
	outer, outerEnd := Bounds(n.Outer, i)
	for j := outer; j < outerEnd; j++ {
		middle, middleEnd := Bounds(n.Middle, j)
		for k := middle; k < middleEnd; k++ {
			inner, innerEnd := Bounds(n.Inner, k)
			for v := inner; v < innerEnd; v++ {
				visit(j-outer, k-middle, v-inner, v)
			}
		}
	}
}

// EqualRow reports whether row i of n equals row j of g: the same lists, the same nulls and, bit
// for bit, the same doubles.
func (n Nested) EqualRow(i int, g Nested, j int) bool {
	if n.IsNull(i) || g.IsNull(j) {
		return n.IsNull(i) && g.IsNull(j)
	}
	a, aEnd := Bounds(n.Outer, i)
	b, bEnd := Bounds(g.Outer, j)
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
	k, kEnd := Bounds(n.Middle, a)
	l, lEnd := Bounds(g.Middle, b)
	if kEnd-k != lEnd-l {
		return false
	}
	for ; k < kEnd; k, l = k+1, l+1 {
		from, to := Bounds(n.Inner, k)
		at, end := Bounds(g.Inner, l)
		if to-from != end-at || !n.Values.Equal(from, to, g.Values, at) {
			return false
		}
	}
	return true
}
