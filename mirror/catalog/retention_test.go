package catalog

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRetentionKeeps(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	all := []Ended{{1, now.AddDate(0, 0, -40)}, {3, now.AddDate(0, 0, -30)}, {4, now.AddDate(0, 0, -20)}, {5, now.AddDate(0, 0, 10)}}
	const day = 24 * time.Hour
	for _, c := range []struct {
		keep Retention
		want []int64
	}{
		{Retention{}, nil},
		{Retention{Generations: 1}, []int64{1, 3, 4}},
		{Retention{Generations: 4}, nil},
		{Retention{Generations: 9}, nil},
		{Retention{Generations: -1}, nil},
		{Retention{Generations: math.MinInt, For: -1}, nil},
		{Retention{For: 35 * day}, []int64{1}},
		{Retention{For: time.Second}, []int64{1, 3, 4}}, // one ended in the future, by another clock
		{Retention{Generations: 1, For: 25 * day}, []int64{1, 3}},
		{Retention{Generations: 3, For: 25 * day}, []int64{1}},
	} {
		if diff := cmp.Diff(c.want, c.keep.Expired(all, now)); diff != "" {
			t.Errorf("%+v: %s", c.keep, diff)
		}
	}
	unordered := []Ended{{1, now}, {2, now.AddDate(-1, 0, 0)}}
	if got := (Retention{For: day}).Expired(unordered, now); got != nil {
		t.Errorf("%v leave a gap", got)
	}
}
