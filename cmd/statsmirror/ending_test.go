package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/cmd/statsmirror/internal/ending"
	"statsmirror/cmd/statsmirror/internal/exit"
)

// silentServer accepts connections and never answers. It sends on accepted for each.
func silentServer(t *testing.T) (address string, accepted <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	told := make(chan struct{}, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			told <- struct{}{}
		}
	}()
	return l.Addr().String(), told
}

// TestSignalEndsEveryCommand sends one signal to each command that waits for a backup
// that does not answer.
func TestSignalEndsEveryCommand(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	write(t, filepath.Join(dir, "quick.yaml"), "stop_timeout: 100ms\nstats: "+dir+"/stats\nstate: "+dir+"/new-state\n")
	for _, line := range []string{
		"ls", "ls --recursive", "show x", "history x", "plot x", "plot x --history", "report -o " + dir + "/x.html", "verify", "verify x",
		"export x --format csv", "restore x --to to", "restore --all --to to", "prune --state state --stats stats --keep-generations 1",
		"check-config --stats stats --state other", "sync --stats stats --state other", "run --config quick.yaml",
	} {
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(line+" "+signal.String(), func(t *testing.T) {
				address, accepted := silentServer(t)
				location := "s3://bucket/prefix?path_style=true&region=x&endpoint=http://" + address
				command := commandIn(t, dir, append(strings.Fields(line), "--backup", location)...)
				command.Env = append(command.Env, "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b")
				endsAfter(t, command, signal, accepted)
			})
		}
	}
}

// endsAfter starts a command, sends it a signal when it is ready, and expects that it ends.
func endsAfter(t *testing.T, command *exec.Cmd, signal os.Signal, ready <-chan struct{}) {
	t.Helper()
	var said strings.Builder
	if command.Stderr == nil {
		command.Stderr = &said
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("the command ended before the signal: %v, %s", err, &said)
	}
	sent := time.Now()
	if err := command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	const patience = 10 * time.Second // the machine may be busy; the log has the time that the command took
	select {
	case err := <-ended:
		if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || !exit.Exited()) {
			t.Errorf("the command ended with %v, want an exit status", err)
		}
		t.Logf("ended after %v", time.Since(sent))
	case <-time.After(patience):
		_ = command.Process.Kill()
		t.Errorf("the command has not ended %v after the signal", patience)
	}
}

// TestSignalEndsACommandThatNobodyReads has output whose reader has stopped reading.
func TestSignalEndsACommandThatNobodyReads(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	for name, args := range map[string][]string{
		"show":   {"show", "cells-unet-16", "--all"},
		"json":   {"show", "cells-unet-16", "--json"},
		"export": {"export", "cells-unet-16", "--format", "csv"},
	} {
		for _, both := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stderr too: %t", name, both), func(t *testing.T) {
				reader, writer, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer reader.Close()
				defer writer.Close()
				if _, err := unix.FcntlInt(writer.Fd(), unix.F_SETPIPE_SZ, 1); err != nil { // one page
					t.Fatal(err)
				}
				command := commandIn(t, dir, append(args, "--backup", "backup")...)
				command.Stdout = writer
				if both {
					command.Stderr = writer
				}
				ready := make(chan struct{})
				go func() {
					_, _ = reader.Read(make([]byte, 1))
					close(ready)
				}()
				endsAfter(t, command, os.Interrupt, ready)
			})
		}
	}
}

// TestPatienceAfterASignal shows that a command has a second, unless it asks for more.
func TestPatienceAfterASignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := ending.New(stopPatience)
		release := ending.Allow(e.In(ctx), time.Minute)
		cancel()
		e.Begin()
		time.Sleep(59 * time.Second)
		if left := e.Left(); left != time.Second {
			t.Errorf("after 59 s of a minute %v are left", left)
		}
		release()
		if left := e.Left(); left != stopPatience {
			t.Errorf("after its minute it has %v, want %v", left, stopPatience)
		}
		time.Sleep(stopPatience)
		if left := e.Left(); left > 0 {
			t.Errorf("%v are left", left)
		}
	})
	m := &Main{Stdout: io.Discard, Stderr: io.Discard}
	if status := m.RunUntilSignal(t.Context(), stopPatience, []string{"version"}); status != exit.Done {
		t.Errorf("exit status %d without a signal", status)
	}
}

// TestSignalEndsThePager shows that SIGTERM ends the pager and the command. Ctrl-C belongs to the
// pager.
func TestSignalEndsThePager(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	user, program, err := openTerminal(80, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close()
	command := commandIn(t, dir, "ls", "--backup", "backup")
	command.Env = append(command.Env, "PAGER=echo shown; exec sleep 60", "TERM=xterm")
	command.Stdout, command.Stderr = program, program
	ready := make(chan struct{})
	go func() {
		var seen strings.Builder
		for some := make([]byte, 1<<10); !strings.Contains(seen.String(), "shown"); {
			n, err := user.Read(some)
			if seen.Write(some[:n]); err != nil {
				return
			}
		}
		close(ready)
	}()
	endsAfter(t, command, syscall.SIGTERM, ready)
}
