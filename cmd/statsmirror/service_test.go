package main

import (
	"io"
	"testing"

	"statsmirror/cmd/statsmirror/internal/exit"
)

func TestServiceTakesNoFlagForAKey(t *testing.T) {
	t.Parallel()
	m := &Main{Stdout: io.Discard, Stderr: io.Discard}
	if status := m.Run(t.Context(), []string{"service", "status", "--stats", "stats"}); status != exit.Usage {
		t.Errorf("the exit status is %d, want %d", status, exit.Usage)
	}
}
