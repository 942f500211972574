package exit

import (
	"errors"
	"testing"
)

// TestDamageDecidesTheStatus shows that damage sets the exit status, whatever else failed.
func TestDamageDecidesTheStatus(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for _, c := range []struct {
		failures []error
		want     int
	}{
		{nil, Done},
		{[]error{nil, nil}, Done},
		{[]error{nil, away}, Failed},
		{[]error{away, Damagedf("torn"), nil}, Damaged},
	} {
		if got := Status(Worst(c.failures)); got != c.want {
			t.Errorf("%v: the status is %d, want %d", c.failures, got, c.want)
		}
	}
}
