package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

const interruptKey = "\x03"

// openTerminal opens a terminal of the given size. It returns the user's end and the program's end.
func openTerminal(columns, rows uint16) (user, program *os.File, err error) {
	user, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(user.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		user.Close()
	}
	return user, program, err
}

// onTerminal runs a program on a terminal of the given size, where the user has already typed
// typed. It returns the output. When the output matches until, which may be nil, the user presses
// Ctrl-C.
func onTerminal(cmd *exec.Cmd, columns, rows uint16, typed string, until *regexp.Regexp) (string, error) {
	user, program, err := openTerminal(columns, rows)
	if err != nil {
		return "", err
	}
	defer user.Close()
	if _, err := io.WriteString(user, typed); err != nil {
		return "", err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	program.Close()
	if err != nil {
		return "", err
	}
	var written bytes.Buffer
	for some := make([]byte, 1<<12); ; {
		n, err := user.Read(some)
		if written.Write(some[:n]); err != nil {
			break // no program has the terminal open now
		}
		if until != nil && until.Match(written.Bytes()) {
			until = nil
			if _, err := io.WriteString(user, interruptKey); err != nil {
				return "", err
			}
		}
	}
	return strings.ReplaceAll(written.String(), "\r\n", "\n"), cmd.Wait()
}

// pty runs a command on a terminal of a number of columns and rows. The script can match its output
// with stdout. With -until, the user presses Ctrl-C when the output matches that.
func pty(ts *testscript.TestScript, neg bool, args []string) {
	var until *regexp.Regexp
	if len(args) > 2 && args[0] == "-until" {
		until, args = regexp.MustCompile(args[1]), args[2:]
	}
	var columns, rows uint16
	if len(args) < 2 {
		ts.Fatalf("usage: pty [-until PATTERN] COLUMNSxROWS COMMAND...")
	}
	_, err := fmt.Sscanf(args[0], "%dx%d", &columns, &rows)
	ts.Check(err)
	path := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(dir, args[1])); err == nil && path == "" {
			path = found
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the command may never write the text of -until
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "TERM", "NO_COLOR", "PAGER", "XDG_STATE_HOME"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	written, err := onTerminal(cmd, columns, rows, "", until)
	fmt.Fprint(ts.Stdout(), written)
	if neg == (err == nil) {
		ts.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, written)
	}
}
