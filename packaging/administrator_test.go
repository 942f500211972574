//go:build systemd

package packaging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// run runs a command and returns its output.
func run(args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

func output(args ...string) string {
	text, _ := run(args...)
	return text
}

// must runs a command that must not fail.
func must(t *testing.T, args ...string) string {
	t.Helper()
	text, err := run(args...)
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, text)
	}
	return text
}

// until waits for something that takes an unknown time.
func until(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !there(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// configure writes the configuration, with a second backup unless that is "".
func configure(t *testing.T, second string) {
	t.Helper()
	text := "stats: " + stats + "\nstate: " + state + "\nbackups:\n  - " + backup + "\n"
	if second != "" {
		text += "  - " + second + "\n"
	}
	write(t, config, text)
}

// watch sets the interval of the watchdog.
func watch(t *testing.T, within string) {
	t.Helper()
	write(t, dropIn+"watchdog.conf", "[Service]\nWatchdogSec="+within+"\nRestartSec=1s\n")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "restart", unit)
}

// deb returns the package for this machine in the directory named by an environment variable.
func deb(t *testing.T, variable string) string {
	t.Helper()
	return packageOf(t, variable, "statsmirror_*_%s.deb", map[string]string{"amd64": "amd64", "arm64": "arm64"})
}

var rpmArch = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

func packageOf(t *testing.T, variable, pattern string, arch map[string]string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv(variable), fmt.Sprintf(pattern, arch[runtime.GOARCH])))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages in $%s: %v, %v", variable, found, err)
	}
	return found[0]
}

// store lets the trainer store runs until an iteration, which is the last argument.
func store(t *testing.T, args ...string) {
	t.Helper()
	must(t, append([]string{"setpriv", "--reuid=trainer", "--regid=dacapo", "--clear-groups", "/usr/bin/python3", "testdata/store.py", stats}, args...)...)
}

func asTrainer(args ...string) (string, error) {
	uid := strings.TrimSpace(output("id", "-u", "trainer"))
	return run(append([]string{
		"setpriv", "--reuid=trainer", "--regid=dacapo", "--clear-groups",
		"env", "HOME=/home/trainer", "XDG_RUNTIME_DIR=/run/user/" + uid,
	}, args...)...)
}

// trainedUntil returns how far a catalog or backup has a run; 0 if it has none of it.
func trainedUntil(t *testing.T, place, name string) int64 {
	t.Helper()
	text, err := exec.Command("statsmirror", "show", "--backup", place, "--json", "--", name).Output()
	if err != nil {
		return 0
	}
	var shown struct {
		TrainingStats []struct {
			Iteration int64 `json:"iteration"`
		} `json:"training_stats"`
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.TrainingStats) == 0 {
		return 0
	}
	return shown.TrainingStats[len(shown.TrainingStats)-1].Iteration + 1
}

func wantMirrored(t *testing.T, place, name string, iteration int64) {
	t.Helper()
	until(t, fmt.Sprintf("%s until %d in %s", name, iteration, place), func() bool {
		return trainedUntil(t, place, name) == iteration
	})
}

// journal returns the matching entries.
func journal(t *testing.T, matches ...string) []map[string]any {
	t.Helper()
	text := must(t, append([]string{"journalctl", "-o", "json", "--no-pager"}, matches...)...)
	var entries []map[string]any
	for d := json.NewDecoder(bytes.NewReader([]byte(text))); ; {
		var entry map[string]any
		if err := d.Decode(&entry); errors.Is(err, io.EOF) {
			return entries
		} else if err != nil {
			t.Fatalf("read the journal: %v", err)
		}
		entries = append(entries, entry)
	}
}

// show returns a property of the unit.
func show(property string) string {
	return strings.TrimSpace(output("systemctl", "show", "--value", "-p", property, unit))
}

func wantState(t *testing.T, want string) {
	t.Helper()
	if got := show("ActiveState"); got != want {
		t.Fatalf("the service is %s, not %s", got, want)
	}
}

// wantAnother waits until the service runs in a new process.
func wantAnother(t *testing.T, pid string) {
	t.Helper()
	until(t, "another process", func() bool {
		return show("ActiveState") == "active" && show("MainPID") != pid && show("MainPID") != "0"
	})
}

// wantWatchdog waits until systemd's watchdog has acted at least n times.
func wantWatchdog(t *testing.T, n int) {
	t.Helper()
	until(t, "the watchdog", func() bool {
		return strings.Count(output("journalctl", "--no-pager", "-o", "cat", "_PID=1", "UNIT="+unit), "Watchdog timeout") >= n
	})
}

func wantThere(t *testing.T, want bool, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}
