//go:build systemd

package packaging

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const alarmsProgram = "/usr/lib/statsmirror/alarms"

// alarms applies the rules to everything that the earlier steps caused. It also applies them to an
// instance whose journal has one entry of each kind, and to one that does not start.
func alarms(t *testing.T) {
	told := toldBy(t, "600")
	for _, event := range []string{"config.invalid", "run.invalid", "service.stalled", "watch.unreadable"} {
		if !slices.ContainsFunc(told, func(line string) bool { return strings.HasPrefix(line, unit+": "+event+": ") }) {
			t.Errorf("%s is not reported", event)
		}
	}
	for _, line := range told {
		if strings.HasPrefix(line, "statsmirror@alice") || strings.Contains(line, "no sign of life") {
			t.Errorf("nothing is wrong there, but the alarm is: %s", line)
		}
	}

	rules := regexp.MustCompile(`(?m)^events='([^']*)'`).FindStringSubmatch(must(t, "cat", alarmsProgram))
	if rules == nil {
		t.Fatal("the rules have no list of events")
	}
	var entries, want []string
	entry := func(message string, fields ...string) {
		entries = append(entries, "MESSAGE="+message+"\n"+strings.Join(fields, "\n")+"\n")
	}
	const fake = "statsmirror@a\\x2db.service"
	for _, event := range strings.Fields(rules[1]) {
		entry("about "+event, "EVENT="+event)
		want = append(want, fake+": "+event+": about "+event)
	}
	entry("missed", "EVENT=run.overwritten", "DIVERGED=true")
	entry("as usual", "EVENT=run.overwritten", "DIVERGED=false")
	entry("alive", "EVENT=service.heartbeat", "OLDEST_UNMIRRORED_S=3599", "ROOT_MISSING_S=900")
	entry("alive", "EVENT=service.heartbeat", "OLDEST_UNMIRRORED_S=3601", "ROOT_MISSING_S=901")
	entry("backup alive", "EVENT=backup.heartbeat", "BACKUP=/mnt/works again", "FAILING_S=9999")
	entry("backup alive", "EVENT=backup.heartbeat", "BACKUP=/mnt/works again", "FAILING_S=0")
	entry("backup alive", "EVENT=backup.heartbeat", "BACKUP=/mnt/100% full", "FAILING_S=3601")
	want = append(want, fake+": run.overwritten: missed",
		fake+": service.heartbeat: there has been no stats tree for 901 s",
		fake+": service.heartbeat: a change has had no backup for 3601 s",
		fake+": backup.heartbeat: the backup /mnt/100% full has failed for 3601 s")
	sendAs(t, fake, strings.Join(entries, "\n"))
	until(t, "the last entry", func() bool { return len(journal(t, "_SYSTEMD_UNIT="+fake, "BACKUP=/mnt/100% full")) == 1 })
	got := slices.DeleteFunc(toldBy(t, "5"), func(line string) bool { return !strings.HasPrefix(line, fake+": ") })
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("alarms are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	must(t, "systemctl", "stop", fake)

	write(t, "/etc/statsmirror/broken.yaml", "stat: /nowhere\n")
	_, _ = run("systemctl", "enable", "--now", "statsmirror@broken.service") // this fails, as intended
	if told := toldBy(t, "1"); !slices.Contains(told, "statsmirror@broken.service: no sign of life for 15 minutes") {
		t.Errorf("an instance that does not start is not reported: %q", told)
	}
	must(t, "systemctl", "disable", "--now", "statsmirror@broken.service")
	must(t, "rm", "-r", "/etc/statsmirror/broken.yaml", "/etc/systemd/system/"+fake+".d")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "reset-failed")
}

// toldBy returns the alarms of the last minutes.
func toldBy(t *testing.T, minutes string) []string {
	t.Helper()
	text, err := run(alarmsProgram, minutes)
	if (err != nil) != (text != "") {
		t.Errorf("%s exits with %v and prints:\n%s", alarmsProgram, err, text)
	}
	return strings.Split(strings.TrimSpace(text), "\n")
}

// sendAs sends entries to the journal in the name of an instance.
func sendAs(t *testing.T, unit, entries string) {
	t.Helper()
	must(t, "install", "-D", "testdata/journal.py", "/usr/local/lib/statsmirror-test/journal.py")
	write(t, "/usr/local/lib/statsmirror-test/entries", entries)
	write(t, "/etc/systemd/system/"+unit+".d/fake.conf", "[Service]\nType=exec\nUser=root\nWatchdogSec=0\nRestart=no\n"+
		"MemoryDenyWriteExecute=no\nNoExecPaths=\nExecPaths=\nSystemCallFilter=\nExecStartPre=\nExecStart=\n"+
		"ExecStart=/usr/bin/python3 /usr/local/lib/statsmirror-test/journal.py\nStandardInput=file:/usr/local/lib/statsmirror-test/entries\n")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "start", unit)
}

// statusFrom returns the status texts of the service, from its start on for a while.
func statusFrom(t *testing.T, during time.Duration) (all []string) {
	t.Helper()
	for deadline := time.Now().Add(during); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if text := show("StatusText"); len(all) == 0 || all[len(all)-1] != text {
			all = append(all, text)
		}
	}
	return all
}

// wantTrueStatus fails unless the status from READY on ends as wanted and never claims that there
// are no runs.
func wantTrueStatus(t *testing.T, want string) {
	t.Helper()
	told := statusFrom(t, 5*time.Second)
	if slices.Contains(told, "0 runs, 0 dirty") || told[len(told)-1] != want {
		t.Errorf("the status was %q", told)
	}
}
