package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestEachSaysHowFarItCameWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reported := -1
	err := each(ctx, 100, func(done, _ int) {
		reported = done
		if done == 3 {
			cancel()
		}
	}, func(int) {})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	if reported == 100 || err.Error() != interrupted(ctx, reported, 100).Error() {
		t.Errorf("error is %q after %d were reported", err, reported)
	}
}

// TestBarDoesNotRunIntoLines also shows that the log of a sync has the form of a terminal's.
func TestBarDoesNotRunIntoLines(t *testing.T) {
	t.Parallel()
	cmd := commandIn(t, mirrorSample(t), "sync", "--stats", "stats", "--state", "new-state", "--backup", "new-backup")
	cmd.Env = append(cmd.Environ(), "TERM=dumb")
	seen, err := onTerminal(cmd, 200, 50, "", nil)
	if err != nil {
		t.Fatalf("%v: %s", err, seen)
	}
	stored := 0
	for line := range strings.Lines(seen) {
		shown := onScreenLine(strings.TrimSuffix(line, "\n"))
		if strings.Contains(shown, "INFO") {
			stored++
			if strings.Contains(shown, "/2 runs") || strings.Contains(shown, "[  ") || strings.HasPrefix(shown, "{") {
				t.Errorf("shown is %q", shown)
			}
		}
	}
	if stored < 4 {
		t.Errorf("%d lines of the log are shown: %q", stored, seen)
	}
}

func TestLineTakesTheLineOfTheBar(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	p := &progress{w: &b, terminal: true}
	above := aboveBar{progress: p}
	p.at(1, 2)
	if n, err := above.Write([]byte("short\n")); n != len("short\n") || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	line, rest, _ := strings.Cut(b.String(), "\n")
	if shown := strings.TrimRight(onScreenLine(line), " "); shown != "short" {
		t.Errorf("shown is %q", shown)
	}
	if rest != barOf(1, 2)+"\r" {
		t.Errorf("below it is %q", rest)
	}
	p.end()
	b.Reset()
	if _, err := above.Write([]byte("after\n")); err != nil || b.String() != "after\n" {
		t.Errorf("after the end it is %q, %v", b.String(), err)
	}
}

// onScreenLine returns what a terminal shows of a line in which the cursor returns.
func onScreenLine(line string) string {
	var shown []rune
	at := 0
	for _, c := range line {
		switch {
		case c == '\r':
			at = 0
			continue
		case at == len(shown):
			shown = append(shown, c)
		default:
			shown[at] = c
		}
		at++
	}
	return string(shown)
}
