package config

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEveryKeyHasASetting compares the keys that a configuration file may have with the explained
// ones.
func TestEveryKeyHasASetting(t *testing.T) {
	t.Parallel()
	explained := map[string]bool{}
	for _, key := range settingKeys() {
		explained[key] = true
	}
	known := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if key := field.Tag.Get("yaml"); key != "" {
			known[key] = true
		}
	}
	if diff := cmp.Diff(known, explained); diff != "" {
		t.Error(diff)
	}
}

func TestDurationsAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"100ms": 100 * time.Millisecond, "10s": 10 * time.Second, "1m": time.Minute, "1m10s": 70 * time.Second, "1h": time.Hour,
		"1h30m": 90 * time.Minute, "10h": 10 * time.Hour, "1h0m5s": time.Hour + 5*time.Second, "2d": 2 * day, "36h": 36 * time.Hour,
	} {
		if got := Spell(d); got != want {
			t.Errorf("%v is written as %s, want %s", d, got, want)
		}
		var read Duration
		if err := read.Set(Spell(d)); err != nil || time.Duration(read) != d {
			t.Errorf("%s is read as %v, %v", want, read, err)
		}
	}
}
