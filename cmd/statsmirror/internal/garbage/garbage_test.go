package garbage

import "testing"

func TestGarbageIsLimitedByWhatIsInUse(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for _, c := range []struct {
		name          string
		used, scanned uint64
		want          int
	}{
		{"nothing yet", 0, 0, mostPercent},
		{"small", 2 * mib, mib, mostPercent},
		{"half of what a small heap may be", 12 * mib, mib, 100},
		{"as much as a small heap may be", 24 * mib, mib, 12},
		{"rows", 240 * mib, mib, 12},
		{"a catalog of many runs", 60 * mib, 30 * mib, 50},
	} {
		if got := percentOf(c.used, c.scanned); got != c.want {
			t.Errorf("%s: %d percent, want %d", c.name, got, c.want)
		}
	}
}

func TestRuntimeKnowsTheMeasures(t *testing.T) {
	t.Parallel()
	for _, name := range []string{liveBytes, scannedBytes, freeBytes} {
		measure(name) // panics otherwise
	}
}
