//go:build integration

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// executableNames are names of runs that a shell would execute, if it evaluated them.
var executableNames = []string{"x;touch PWNED", "x$(touch PWNED)", "x`touch PWNED`", "x' ;touch PWNED;'", "x|touch PWNED", "x&touch PWNED", "x>PWNED"}

// shells press TAB in a shell: the first completes the name of the run x…, the second what
// follows after it.
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
	"zsh": `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'autoload -U compinit; compinit -u -D; source <(statsmirror completion zsh); compdef _statsmirror statsmirror; PS1=; echo begun'
zpty -r -m shell seen '*begun*begun*' # the command, and what it prints
zpty -w -n shell $'statsmirror restore --state state x\t\t'
zpty -r -t shell seen; sleep 1.5; while zpty -r -t shell more; do seen+=$more; done
zpty -w -n shell $' \t'
sleep 1.5; while zpty -r -t shell more; do seen+=$more; done
echo "offered $seen"
zpty -d shell`,
}

// TestCompletionExecutesNoName completes names of runs in real shells.
func TestCompletionExecutesNoName(t *testing.T) {
	t.Parallel()
	sample, err := os.ReadFile("../../packaging/sample/stats/training_stats/cells-unet-16")
	if err != nil {
		t.Fatal(err)
	}
	for shell, script := range shells {
		for _, name := range executableNames {
			t.Run(shell+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				training := filepath.Join(dir, "stats", "training_stats")
				if err := os.MkdirAll(training, 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(training, name), string(sample))
				if output, err := commandIn(t, dir, "sync", "--stats", "stats", "--state", "state").CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, output)
				}
				command := exec.CommandContext(t.Context(), shell, "-c", script)
				command.Dir = dir
				command.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "TERM=dumb")
				output, err := command.CombinedOutput()
				if !strings.Contains(string(output), "offered x") && !strings.Contains(string(output), "state x") {
					t.Errorf("no name is offered: %v\n%s", err, output)
				}
				if _, err := os.Lstat(filepath.Join(dir, "PWNED")); err == nil {
					t.Errorf("the name was executed\n%s", output)
				}
			})
		}
	}
}
