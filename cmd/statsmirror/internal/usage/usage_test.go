package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSuggestionNamesTheNearestWordsOrAll(t *testing.T) {
	t.Parallel()
	known := []string{"changed", "loss", "run", "trained"}
	for word, want := range map[string]string{
		"lost":    "; did you mean loss?",
		"train":   "; did you mean trained?",
		"rum":     "; did you mean run?",
		"weather": "; known are changed, loss, run, trained",
	} {
		if got := Suggestion(word, known); got != want {
			t.Errorf("of %s: %q, want %q", word, got, want)
		}
	}
	if got, want := Nearest("cells 1", []string{"cells 2", "cells 3", "x\ny"}), "; did you mean cells 2 or cells 3?"; got != want {
		t.Errorf("of a name with a space: %q, want %q", got, want)
	}
	if got := Nearest("x", []string{"x\x1b[2J"}); strings.Contains(got, "\x1b") {
		t.Errorf("a name is not escaped: %q", got)
	}
}

func TestRemedyIsSaidOnce(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		unix.EROFS: "mount it for writing", fs.ErrPermission: "give the user that runs statsmirror", unix.ENOSPC: "make room there",
		unix.EDQUOT: "make room there", unix.EIO: "check the disk or the mount", unix.ENFILE: "raise the limit",
	} {
		said := WithRemedy(fmt.Errorf("open x: %w", err))
		if !strings.Contains(said.Error(), want) || !errors.Is(said, err) {
			t.Errorf("%v: %v", err, said)
		}
		if again := WithRemedy(said); again.Error() != said.Error() {
			t.Errorf("%v: twice it is %v", err, again)
		}
	}
	if other := errors.New("no route to host"); WithRemedy(other).Error() != other.Error() {
		t.Errorf("%v has a remedy", other)
	}
}

func TestErrorIsFoundInAChain(t *testing.T) {
	t.Parallel()
	wrong, ok := errors.AsType[*Error](fmt.Errorf("plot: %w", Errorf("--smooth is %d; %w", -1, fs.ErrInvalid)))
	if !ok || wrong.Error() != "--smooth is -1; invalid argument" || !errors.Is(wrong, fs.ErrInvalid) {
		t.Errorf("%v, %v", wrong, ok)
	}
}
