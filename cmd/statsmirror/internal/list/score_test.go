package list

import "testing"

// A number may mean criteria of different names in different runs, which no list compares.
func TestScoresOfDifferentCriteria(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked, a, b string
		differ      bool
	}{
		{"0", "dice", "dice", false},
		{"0", "dice", "frizz_level", true},
		{"0", "dice", "0", false}, // one run's criteria have no names
		{"dice", "dice", "dice", false},
	} {
		s := &Scores{Criterion: c.asked}
		if got := s.differ(&BestScore{Criterion: c.a}, &BestScore{Criterion: c.b}); got != c.differ {
			t.Errorf("criterion %s is %s and %s: differ is %v", c.asked, c.a, c.b, got)
		}
	}
}
