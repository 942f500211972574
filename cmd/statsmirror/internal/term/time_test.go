package term

import (
	"strings"
	"testing"
	"time"
)

func TestTimesNameTheirZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 23, 30, 0, 5, time.FixedZone("", -3600))
	if got := TimeFor(&strings.Builder{}, at); got != "2026-11-21T00:30:00Z" {
		t.Errorf("for a file it is %s", got)
	}
	if got, want := Zoned(at), at.Local().Format("2006-01-02 15:04:05")+" "; !strings.HasPrefix(got, want) || len(got) == len(want) {
		t.Errorf("for a person it is %s", got)
	}
	if Zoned(time.Time{}) != "" || UTC(time.Time{}) != "" {
		t.Error("no time is a text")
	}
}
