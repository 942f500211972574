package term

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// WritePaged writes lines. On a terminal that is too low for them, it shows them in a pager:
// $PAGER, or less, as git does. A terminal whose cursor cannot be moved gets no pager.
//
// The pager handles interrupts, so it continues when ctx is done; SIGTERM ends it. WritePaged calls
// hold before it starts a pager, and release when the pager has ended. In between the process must
// not end, or two programs would read from the terminal.
func WritePaged(ctx context.Context, w io.Writer, lines []string, hold func() (release func())) error {
	text := strings.Join(lines, "\n") + "\n"
	if s, ok := ScreenOf(w); ok && s.Cursor && len(lines) >= s.Height && page(ctx, w, text, hold) == nil {
		return nil
	}
	_, err := io.WriteString(w, text)
	return err
}

var errNoPager = errors.New("no pager")

// page shows text in a pager until the user has seen it. It returns an error if there is
// no pager.
func page(ctx context.Context, w io.Writer, text string, hold func() (release func())) error {
	command, given := os.LookupEnv("PAGER")
	if !given {
		command, _ = exec.LookPath("less")
	}
	if command = strings.TrimSpace(command); command == "" || command == "cat" {
		return errNoPager
	}
	defer hold()()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	terminated, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
	defer stop()
	pager := exec.CommandContext(terminated, "sh", "-c", command)
	pager.Cancel = func() error { return pager.Process.Signal(syscall.SIGTERM) }
	pager.WaitDelay = 400 * time.Millisecond // between SIGTERM and SIGKILL
	pager.Stdin, pager.Stdout, pager.Stderr = strings.NewReader(text), w, os.Stderr
	pager.Env = os.Environ()
	if _, given := os.LookupEnv("LESS"); !given {
		pager.Env = append(pager.Env, "LESS=FRX")
	}
	const cannotRun, notFound = 126, 127 // of a shell
	err := pager.Run()
	if status, ok := errors.AsType[*exec.ExitError](err); ok && status.ExitCode() != cannotRun && status.ExitCode() != notFound {
		return nil // the pager has shown the error
	}
	return err
}
