package format

import (
	"math"
	"testing"

	"statsmirror/store"
	"statsmirror/store/column"
)

func TestSparkline(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		losses      []float64
		columns     int
		want        string
		logarithmic bool
	}{
		{nil, 10, "", false},
		{[]float64{1}, 10, "▁", false},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 10, "▁▂▃▄▅▆▇█", false},
		{[]float64{8, 8, 4, 4, 1, 1}, 3, "█▄▁", false},
		{[]float64{1000, 100, 10, 1}, 4, "█▆▃▁", true},
		{[]float64{3, nan, 2, inf, 1}, 5, "█×▅×▁", false},
		{[]float64{3, 3, 2, inf}, 2, "▁×", false},
		{[]float64{nan, nan}, 2, "××", false},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, 2, "▁█", false},
		{[]float64{5e-324, math.MaxFloat64}, 2, "▁█", true},
	} {
		s := store.TrainingStats{Loss: column.Floats{Values: column.BlocksOf(c.losses...)}}
		for i := range c.losses {
			s.Iteration.Append(int64(i))
		}
		if got, logarithmic := Sparkline(s, c.columns); got != c.want || logarithmic != c.logarithmic {
			t.Errorf("of %v: %s, logarithmic %v", c.losses, got, logarithmic)
		}
	}
	apart := store.TrainingStats{
		Iteration: column.BlocksOf[int64](math.MinInt64, 0, math.MaxInt64),
		Loss:      column.Floats{Values: column.BlocksOf[float64](2, 0, 1), Null: column.BlocksOf(false, true, false)},
	}
	if got, _ := Sparkline(apart, 3); got != "█ ▁" {
		t.Errorf("of iterations far apart: %s", got)
	}
}
