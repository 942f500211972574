package format

import (
	"math"
	"testing"

	"statsmirror/store/column"
)

func TestDoublesAreShortestAndReadBackAsDoubles(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0.1: "0.1", 5: "5.0", 1e22: "1e+22", 5e-324: "5e-324", math.Copysign(0, -1): "-0.0",
		math.Inf(1): `"Infinity"`, math.Inf(-1): `"-Infinity"`,
	} {
		if got := string(AppendFloat(nil, v)); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	var f column.Floats
	f.Append(math.NaN())
	f.AppendNull()
	if got := string(appendValue(appendValue(nil, f, 0), f, 1)); got != `"NaN"null` {
		t.Error(got)
	}
}

func TestScoresAreNestedLists(t *testing.T) {
	t.Parallel()
	var n column.Nested
	n.BeginRow()
	n.BeginOuter()
	n.BeginMiddle()
	n.Append(1)
	n.AppendNullValue()
	n.BeginMiddle()
	n.BeginOuter()
	n.AppendNull()
	if got := string(AppendScores(nil, n, 0)); got != "[[[1.0, null], []], []]" {
		t.Error(got)
	}
	if got := string(AppendScores(nil, n, 1)); got != "null" {
		t.Error(got)
	}
}
