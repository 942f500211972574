package column

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNestedKeepsEveryShape(t *testing.T) {
	t.Parallel()
	var n Nested
	n.BeginRow() // []
	n.BeginRow() // [[]]
	n.BeginOuter()
	n.AppendNull() // None
	n.BeginRow()   // [[[]], [[1, None], [NaN]]]
	n.BeginOuter()
	n.BeginMiddle()
	n.BeginOuter()
	n.BeginMiddle()
	n.Append(1)
	n.AppendNullValue()
	n.BeginMiddle()
	n.Append(math.NaN())

	if diff := cmp.Diff([]int{0, 0, 1, 1, 3}, n.Outer.Stretch(0, 5)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 0, 1, 3}, n.Middle.Stretch(0, 4)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 0, 2, 3}, n.Inner.Stretch(0, 4)); diff != "" {
		t.Error(diff)
	}
	var again Nested
	again.AppendFrom(n, 0, 2)
	again.AppendFrom(n, 2, 4)
	for i := range n.Len() {
		for j := range again.Len() {
			if got, want := n.EqualRow(i, again, j), i == j; got != want {
				t.Errorf("row %d equals row %d: %v, want %v", i, j, got, want)
			}
		}
	}
	if diff := cmp.Diff(n.Outer.Stretch(0, 5), again.Outer.Stretch(0, 5)); diff != "" {
		t.Error(diff)
	}
}

func TestFloatsAreEqualBitForBit(t *testing.T) {
	t.Parallel()
	payload := math.Float64frombits(0x7ff8000000000123)
	var a Floats
	a.Append(payload)
	a.AppendNull()
	a.Append(math.Copysign(0, -1))
	var b Floats
	b.AppendFrom(a, 0, 1)
	b.AppendFrom(a, 1, 3)
	if !a.Equal(0, 3, b, 0) {
		t.Error("a copy is not equal")
	}
	for i, v := range []float64{math.NaN(), 0, 0} {
		c := Floats{}
		c.AppendFrom(a, 0, 3)
		c.Values.Set(i, v)
		if i == 1 {
			c.Null.Set(i, false)
		}
		if a.Equal(0, 3, c, 0) {
			t.Errorf("a different value %d counts as equal", i)
		}
	}
}
