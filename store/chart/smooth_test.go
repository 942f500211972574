package chart

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"statsmirror/store/column"
)

// TestSmoothIsDaCapos compares with DaCapo's result, window by window, except for the three
// documented differences.
func TestSmoothIsDaCapos(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-1e3, 1e3), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0}))
		y := rapid.SliceOfN(value, 0, 200).Draw(t, "y")
		rows := rapid.IntRange(1, 50).Draw(t, "rows")
		x := make([]int64, len(y))
		for i := range x {
			x[i] = int64(i * i)
		}
		points, marks := Smooth(column.BlocksOf(x...), column.Floats{Values: column.BlocksOf(y...)}, rows)
		if want := (len(y) + rows - 1) / rows; len(points) != want {
			t.Fatalf("%d points, want %d", len(points), want)
		}
		for i, p := range points {
			from, to := i*rows, min((i+1)*rows, len(y))
			checkPoint(t, p, x[from:to], y[from:to])
		}
		checkMarks(t, marks, y)
	})
}

func checkPoint(t *rapid.T, p Point, x []int64, y []float64) {
	var meanX, mean, square, n float64
	for i := range x {
		meanX += float64(x[i]) / float64(len(x))
		if finite(y[i]) {
			mean, n = mean+y[i], n+1
		}
	}
	mean /= n
	for _, v := range y {
		if finite(v) {
			square += (v - mean) * (v - mean) / n
		}
	}
	band := 3 * math.Sqrt(square)
	for _, c := range []struct{ got, want float64 }{{p.X, meanX}, {p.Y, mean}, {p.Low, mean - band}, {p.High, mean + band}} {
		if n == 0 && c.want != meanX {
			if !math.IsNaN(c.got) {
				t.Fatalf("a window without a finite value is at %v", c.got)
			}
		} else if !(math.Abs(c.got-c.want) <= 1e-7*(1+math.Abs(c.want))) {
			t.Fatalf("got %v, want %v, of %v", c.got, c.want, y)
		}
	}
}

func checkMarks(t *rapid.T, marks []Mark, y []float64) {
	var want, got [kinds]int
	for _, v := range y {
		switch {
		case math.IsNaN(v):
			want[NaN]++
		case math.IsInf(v, 1):
			want[PosInf]++
		case math.IsInf(v, -1):
			want[NegInf]++
		}
	}
	for _, m := range marks {
		got[m.Kind] += m.Rows
	}
	if got != want {
		t.Fatalf("marked %v, want %v", got, want)
	}
}

// TestSmoothIsSound has values whose differences would vanish in their squares, and values whose
// sum and differences overflow.
func TestSmoothIsSound(t *testing.T) {
	t.Parallel()
	x := column.BlocksOf[int64](0, 1, 2, 3)
	points, _ := Smooth(x, column.Floats{Values: column.BlocksOf(1e9, 1e9+1, 1e9, 1e9+1)}, 4)
	if p := points[0]; p.Y != 1e9+0.5 || !(math.Abs(p.High-p.Y-1.5) <= 1e-6) {
		t.Errorf("got %+v, want 1e9+0.5 ± 1.5", p)
	}
	points, marks := Smooth(x, column.Floats{Values: column.BlocksOf(1.7e308, -1.7e308, 1.7e308, 1.7e308)}, 4)
	if p := points[0]; !(math.Abs(p.Y-0.85e308) <= 1e295) || len(marks) > 0 {
		t.Errorf("got %+v and %v, want 0.85e308 and no mark", p, marks)
	}
}

func TestSmoothLeavesNullsOut(t *testing.T) {
	t.Parallel()
	y := column.Floats{Values: column.BlocksOf[float64](1, 0, 3), Null: column.BlocksOf(false, true, false)}
	points, marks := Smooth(column.BlocksOf[int64](0, 1, 2), y, 3)
	if len(points) != 1 || points[0].Y != 2 || len(marks) != 0 {
		t.Errorf("got %v and marks %v, want 2 and none", points, marks)
	}
}

func TestWindowRows(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 1, 4999: 1, 5000: 2, 1_000_000: 400} {
		if got := WindowRows(n); got != want {
			t.Errorf("WindowRows(%d) is %d, want %d", n, got, want)
		}
	}
}

func BenchmarkSmooth(b *testing.B) {
	var x column.Blocks[int64]
	var y column.Floats
	for i := range 1_000_000 {
		x.Append(int64(i))
		y.Append(1 / float64(i+1))
	}
	for b.Loop() {
		Smooth(x, y, WindowRows(x.Len()))
	}
}

func TestCoarserIsTheMeanOfMoreRows(t *testing.T) {
	t.Parallel()
	var x column.Blocks[int64]
	var y column.Floats
	for i := range 1000 {
		x.Append(int64(i))
		y.Append(float64(i * 7919 % 101))
	}
	fine, _ := Smooth(x, y, 4)
	coarse, _ := Smooth(x, y, 32)
	got := Coarser(fine, 8)
	if len(got) != len(coarse) {
		t.Fatalf("got %d points, want %d", len(got), len(coarse))
	}
	for i, want := range coarse[:len(coarse)-1] { // the last has fewer rows
		if math.Abs(got[i].X-want.X) > 1e-9 || math.Abs(got[i].Y-want.Y) > 1e-9 || got[i].Low != got[i].Y {
			t.Errorf("point %d is %v, want %v without a band", i, got[i], want)
		}
	}
}
