package term

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressElsewhereIsALineNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		p := NewProgress(&b, countRuns)
		for done := range 101 {
			p.At(done, 100)
			time.Sleep(time.Second / 4)
		}
		p.End()
		const want = "40 of 100 runs done\n80 of 100 runs done\n"
		if b.String() != want {
			t.Errorf("printed %q, want %q", b.String(), want)
		}
	})
}

func TestLineTakesTheLineOfTheBar(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	p := &Progress{w: &b, count: countRuns, terminal: true}
	above := aboveBar{Progress: p}
	p.At(1, 2)
	bar := b.String()
	b.Reset()
	if n, err := above.Write([]byte("short\n")); n != len("short\n") || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if want := fmt.Sprintf("%*s\rshort\n%s", len(bar)-1, "", bar); b.String() != want {
		t.Errorf("printed %q, want %q", b.String(), want)
	}
	p.End()
	b.Reset()
	if _, err := above.Write([]byte("after\n")); err != nil || b.String() != "after\n" {
		t.Errorf("after the end it is %q, %v", b.String(), err)
	}
}

func countRuns(n int) string { return fmt.Sprint(n, " runs") }
