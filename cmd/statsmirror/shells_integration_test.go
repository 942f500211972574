//go:build integration

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// executableNames are names of runs that a shell would execute if it evaluated them.
var executableNames = []string{"x;touch PWNED", "x$(touch PWNED)", "x`touch PWNED`", "x' ;touch PWNED;'", "x|touch PWNED", "x&touch PWNED", "x>PWNED"}

// shells are shells with completion scripts. A test presses TAB twice: first for the name of the
// run x…, then for the word after it.
var shells = map[string]string{
	"fish": `statsmirror completion fish | source
set -l first (complete -C "statsmirror restore --state state x")
echo "offered $first[1]"
complete -C "statsmirror restore --state state "(string escape -- $first[1])" "`,
	"bash": `_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
compopt() { :; }
source <(statsmirror completion bash)
press() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9; COMPREPLY=(); __start_statsmirror; }
press statsmirror restore --state state x
echo "offered ${COMPREPLY[0]}"
press statsmirror restore --state state "${COMPREPLY[0]}" ''`,
}

// TestCompletionExecutesNoName completes names of runs in real shells.
func TestCompletionExecutesNoName(t *testing.T) {
	t.Parallel()
	for _, name := range executableNames {
		for shell, script := range shells {
			t.Run(shell+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := mirrorNamed(t, name)
				command := shellIn(t, dir, shell, "-c", script)
				output, err := command.CombinedOutput()
				if !strings.Contains(string(output), "offered x") {
					t.Errorf("no name was offered: %v\n%s", err, output)
				}
				wantNothingExecuted(t, dir)
			})
		}
		t.Run("zsh "+name, func(t *testing.T) {
			t.Parallel()
			dir := mirrorNamed(t, name)
			z := startZsh(t, dir)
			z.press("statsmirror restore --state state x\t")
			if offered := z.fifth(); offered != name {
				t.Errorf("the line has %q in place of %q", offered, name)
			}
			z.press("\t")
			if offered := z.fifth(); offered != name {
				t.Errorf("after the next TAB the line has %q in place of %q", offered, name)
			}
			wantNothingExecuted(t, dir)
		})
	}
}

// mirrorNamed returns a directory with the catalog, state, of one run.
func mirrorNamed(t *testing.T, name string) (dir string) {
	t.Helper()
	sample, err := os.ReadFile("../../packaging/sample/stats/training_stats/cells-unet-16")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	training := filepath.Join(dir, "stats", "training_stats")
	if err := os.MkdirAll(training, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(training, name), string(sample))
	if output, err := commandIn(t, dir, "sync", "--stats", "stats", "--state", "state").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return dir
}

// shellIn returns a shell that reads no configuration of the host's user.
func shellIn(t *testing.T, dir, shell string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), shell, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "ZDOTDIR="+dir, "TERM=dumb")
	return command
}

func wantNothingExecuted(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(dir, "PWNED")); err == nil {
		t.Error("the name was executed")
	}
}

// zsh is an interactive shell at a terminal. Through a pipe it reports when it waits for a key and,
// after Ctrl-X t, the fifth word of its line.
type zsh struct {
	t     *testing.T
	keys  *os.File
	said  *bufio.Reader
	seen  bytes.Buffer // on the terminal, once the shell has ended
	ended chan struct{}
}

const zshrc = `autoload -U compinit; compinit -u -D
source <(statsmirror completion zsh)
zle-line-init() { print ready > said }
fifth() { print -r -- ${(Q)${(z)BUFFER}[5]} > said }
zle -N zle-line-init; zle -N fifth; bindkey '^Xt' fifth
`

func startZsh(t *testing.T, dir string) *zsh {
	t.Helper()
	write(t, filepath.Join(dir, ".zshrc"), zshrc)
	name := filepath.Join(dir, "said")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { said.Close() })
	if err := said.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	user, program, err := openTerminal(200, 50)
	if err != nil {
		t.Fatal(err)
	}
	shell := shellIn(t, dir, "zsh", "-d", "-i")
	shell.Stdin, shell.Stdout, shell.Stderr = program, program, program
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = shell.Start()
	program.Close()
	if err != nil {
		t.Fatal(err)
	}
	z := &zsh{t: t, keys: user, said: bufio.NewReader(said), ended: make(chan struct{})}
	go func() {
		defer close(z.ended)
		_, _ = io.Copy(&z.seen, user)
	}()
	t.Cleanup(func() {
		_ = shell.Process.Kill()
		_ = shell.Wait()
		<-z.ended
		user.Close()
		if t.Failed() {
			t.Logf("on the terminal: %q", z.seen.String())
		}
	})
	if got := z.hear(); got != "ready" {
		t.Fatalf("the shell said %q", got)
	}
	return z
}

// hear returns the next report of the shell.
func (z *zsh) hear() string {
	z.t.Helper()
	line, err := z.said.ReadString('\n')
	if err != nil {
		z.t.Fatalf("the shell said nothing: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (z *zsh) press(keys string) {
	z.t.Helper()
	if _, err := io.WriteString(z.keys, keys); err != nil {
		z.t.Fatal(err)
	}
}

// fifth returns the fifth word of the line, without quotes.
func (z *zsh) fifth() string {
	z.t.Helper()
	z.press("\x18t")
	return z.hear()
}
