package main

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// writePaged writes lines, on a terminal that is too low for them through a pager:
// $PAGER, or less, as git does it. On a terminal whose cursor cannot be moved there is no
// pager.
func writePaged(ctx context.Context, w io.Writer, lines []string) error {
	text := strings.Join(lines, "\n") + "\n"
	if s, ok := screenOf(w); ok && s.cursor && len(lines) >= s.height && page(ctx, w, text) == nil {
		return nil
	}
	_, err := io.WriteString(w, text)
	return err
}

var errNoPager = errors.New("no pager")

// page shows text in a pager until the user has seen it. An error says that there
// is none.
func page(ctx context.Context, w io.Writer, text string) error {
	command, given := os.LookupEnv("PAGER")
	if !given {
		command, _ = exec.LookPath("less")
	}
	if command = strings.TrimSpace(command); command == "" || command == "cat" {
		return errNoPager
	}
	// An interrupt is the pager's: to end before it would leave the terminal to two. A
	// signal to end is not, and ends the pager too.
	defer allow(ctx, math.MaxInt64)()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	terminated, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
	defer stop()
	pager := exec.CommandContext(terminated, "sh", "-c", command)
	pager.Cancel = func() error { return pager.Process.Signal(syscall.SIGTERM) }
	pager.WaitDelay = stopPatience / 2
	pager.Stdin, pager.Stdout, pager.Stderr = strings.NewReader(text), w, os.Stderr
	pager.Env = os.Environ()
	if _, given := os.LookupEnv("LESS"); !given {
		pager.Env = append(pager.Env, "LESS=FRX")
	}
	const cannotRun, notFound = 126, 127 // of a shell
	err := pager.Run()
	if status, ok := errors.AsType[*exec.ExitError](err); ok && status.ExitCode() != cannotRun && status.ExitCode() != notFound {
		return nil // what went wrong the pager has told
	}
	return err
}
