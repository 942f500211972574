//go:build systemd

// These tests install the packages under a real systemd, which with-systemd.sh boots and throws
// away. They treat them as an administrator would, on good days and bad. They are one story: each
// continues where the one before ended.
package packaging

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/mirror/backup/backuptest"
)

const (
	unit   = "statsmirror.service"
	config = "/etc/statsmirror/statsmirror.yaml"
	stats  = "/data/stats"
	state  = "/var/lib/statsmirror"
	backup = "/mnt/backup/dacapo"
	dropIn = "/etc/systemd/system/statsmirror.service.d/"

	openStats = "/data/open" // readable by all
)

func TestService(t *testing.T) {
	if pid1, err := os.ReadFile("/proc/1/comm"); err != nil || strings.TrimSpace(string(pid1)) != "systemd" {
		t.Fatalf("process 1 is %q, %v: run this with packaging/with-systemd.sh", pid1, err)
	}
	for _, pattern := range []string{"/etc/statsmirror", "/var/lib/statsmirror*", "/etc/systemd/system/statsmirror*"} {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			t.Fatalf("this host has %v already, %v: run this with packaging/with-systemd.sh", found, err)
		}
	}
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"install", install},
		{"units", checkUnits},
		{"start", start},
		{"mirror", mirrorRuns},
		{"journal", readJournal},
		{"reload", reload},
		{"kill", kill},
		{"stop process", stopProcess},
		{"hanging backup", hangingBackup},
		{"unreadable stats tree", unreadable},
		{"stop in a large sync", stopInLargeSync},
		{"upgrade", upgrade},
		{"verify", verifyWeekly},
		{"report", followReport},
		{"object store", objectStore},
		{"instance", instance},
		{"alarms", alarms},
		{"documents", followDocuments},
		{"remove and purge", removeAndPurge},
		{"rpm", installRPM},
		{"service install", serviceInstall},
		{"user service", userService},
		{"no service manager", noServiceManager},
	} {
		if !t.Run(step.name, step.do) {
			t.Fatalf("the journal ends:\n%s", output("journalctl", "-b", "--no-pager", "-n", "60"))
		}
	}
}

func install(t *testing.T) {
	must(t, "groupadd", "dacapo")
	must(t, "useradd", "-m", "-g", "dacapo", "trainer")
	if text := must(t, "dpkg", "-i", deb(t, "STATSMIRROR_PREVIOUS")); strings.Contains(text, "Created symlink") {
		t.Errorf("the first installation enables the service:\n%s", text)
	}
	wantState(t, "inactive")
	if got := output("systemctl", "is-enabled", unit); strings.TrimSpace(got) != "disabled" {
		t.Errorf("is %s", got)
	}
	must(t, "getent", "passwd", "statsmirror")
	if text := must(t, "stat", "-c", "%U %G %a", state); text != "statsmirror statsmirror 750\n" {
		t.Errorf("%s is %s", state, text)
	}
	must(t, "statsmirror", "check-config", "--offline")
	if got := must(t, "man", "-w", "statsmirror-run"); !strings.Contains(got, "statsmirror-run.1") {
		t.Errorf("man page is %s", got)
	}
	pages := must(t, "man", "-k", "statsmirror")
	for _, page := range []string{"statsmirror (1)", "statsmirror-restore (1)", "statsmirror.yaml (5)", "statsmirror-events (7)"} {
		if !strings.Contains(pages, page) {
			t.Errorf("man -k does not find %s:\n%s", page, pages)
		}
	}
	must(t, "bash", "-n", "/usr/share/bash-completion/completions/statsmirror")
}

func checkUnits(t *testing.T) {
	for _, u := range []string{unit, "statsmirror@alice.service", "statsmirror-verify.service", "statsmirror-verify@alice.service", "statsmirror-report.service", "statsmirror-report@alice.service"} {
		if text := must(t, "systemd-analyze", "verify", u); text != "" {
			t.Errorf("systemd-analyze verify %s: %s", u, text)
		}
		text := must(t, "systemd-analyze", "security", "--no-pager", "--threshold=12", u) // a score of 1.2
		lines := strings.Split(strings.TrimSpace(text), "\n")
		t.Log(lines[len(lines)-1])
	}
}

func start(t *testing.T) {
	must(t, "install", "-d", "-o", "trainer", "-g", "dacapo", "-m", "0750", stats)
	must(t, "install", "-d", "-o", "statsmirror", "-g", "statsmirror", "/mnt/backup")
	store(t, "cells", "100")
	configure(t, "")
	write(t, dropIn+"group.conf", "[Service]\nSupplementaryGroups=dacapo\n")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "enable", "--now", unit)
	wantState(t, "active") // because systemctl waits for READY
	wantTrueStatus(t, "1 run, 0 dirty")
}

func mirrorRuns(t *testing.T) {
	store(t, "cells", "new run", "200")
	wantMirrored(t, backup, "cells", 200)
	wantMirrored(t, backup, "new run", 200)
	store(t, "cells", "50") // trained again from the start
	wantMirrored(t, backup, "cells", 50)
	if text := must(t, "statsmirror", "history", "cells", "--backup", backup); !strings.Contains(text, "200") {
		t.Errorf("the ended generation is not in the history:\n%s", text)
	}
}

func readJournal(t *testing.T) {
	entries := journal(t, "RUN=cells", "EVENT=run.overwritten")
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	for field, want := range map[string]string{
		"GENERATION": "2", "TRAINED_UNTIL": "50", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "statsmirror",
		"CODE_FILE": "statsmirror/mirror/sync.go", "_SYSTEMD_UNIT": unit, "_TRANSPORT": "journal",
	} {
		if got := entries[0][field]; got != want {
			t.Errorf("%s is %v, not %s", field, got, want)
		}
	}
	for _, field := range []string{"MESSAGE", "MESSAGE_ID", "CODE_LINE", "CODE_FUNC", "DURATION_MS"} {
		if entries[0][field] == nil {
			t.Errorf("%s is missing in %v", field, entries[0])
		}
	}
	if len(journal(t, "RUN=cells", "BACKUP="+backup)) == 0 {
		t.Error("no entry names the backup")
	}
	text := must(t, "journalctl", "-x", "--no-pager", "EVENT=run.overwritten")
	if !strings.Contains(text, "Subject: run.overwritten cells") || !strings.Contains(text, "statsmirror history") {
		t.Errorf("journalctl -x does not explain it:\n%s", text)
	}
	must(t, "systemctl", "stop", unit)
	torn := filepath.Join(stats, "training_stats", "torn")
	write(t, torn, "\x80\x04](}")
	must(t, "touch", "-d", "1 hour ago", torn) // nobody is writing it
	must(t, "systemctl", "start", unit)
	until(t, "an entry of the torn file", func() bool { return len(journal(t, "EVENT=run.invalid", "RUN=torn")) == 1 })
	invalid := journal(t, "EVENT=run.invalid")[0]
	if invalid["KIND"] != "training_stats" || invalid["ERR"] == nil || invalid["PRIORITY"] != "3" {
		t.Errorf("logged %v", invalid)
	}
	must(t, "rm", torn)
}

func reload(t *testing.T) {
	pid := show("MainPID")
	write(t, config, "stats: "+stats+"\nbackup: "+backup+"\n")
	text, err := run("systemctl", "reload", unit)
	if err == nil {
		t.Error("a wrong configuration was reloaded")
	}
	if complaint := output("journalctl", "-u", unit, "-p", "err", "-o", "cat", "--no-pager"); !strings.Contains(complaint, "did you mean backups?") {
		t.Errorf("the journal does not say what is wrong:\n%s%s", text, complaint)
	}
	must(t, "kill", "-HUP", pid) // bypasses the check
	until(t, "the service to refuse", func() bool { return len(journal(t, "EVENT=config.invalid")) == 1 })
	store(t, "cells", "60")
	wantMirrored(t, backup, "cells", 60)

	configure(t, "/mnt/backup/second")
	must(t, "systemctl", "reload", unit)
	wantMirrored(t, "/mnt/backup/second", "cells", 60)
	until(t, "READY after the reload", func() bool { return show("ActiveState") == "active" })
	if show("MainPID") != pid {
		t.Error("the service was restarted")
	}
}

func kill(t *testing.T) {
	pid := show("MainPID")
	must(t, "kill", "-9", pid)
	store(t, "cells", "unseen", "300")
	wantMirrored(t, backup, "cells", 300)
	wantMirrored(t, backup, "unseen", 300)
	wantAnother(t, pid)
}

func stopProcess(t *testing.T) {
	watch(t, "3s")
	pid := show("MainPID")
	must(t, "kill", "-STOP", pid)
	store(t, "cells", "400")
	wantMirrored(t, backup, "cells", 400)
	wantAnother(t, pid)
	wantWatchdog(t, 1)
}

// hangingBackup mounts a file system whose server is stopped: calls wait for ever.
func hangingBackup(t *testing.T) {
	must(t, "install", "-d", "-o", "statsmirror", "/srv/disk", "/mnt/hangs")
	server := exec.Command("bindfs", "-f", "-o", "allow_other", "/srv/disk", "/mnt/hangs")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		_, _ = run("umount", "-l", "/mnt/hangs")
	}()
	until(t, "the mount", func() bool { _, err := run("mountpoint", "-q", "/mnt/hangs"); return err == nil })
	write(t, config, "stats: "+stats+"\nstate: "+state+"\nbackups: [/mnt/hangs/dacapo]\ntimeout: 2s\n")
	must(t, "systemctl", "restart", unit)
	wantMirrored(t, "/mnt/hangs/dacapo", "cells", 400)

	pid := show("MainPID")
	if err := server.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	store(t, "cells", "500")
	until(t, "the service to say that it stalls", func() bool { return len(journal(t, "EVENT=service.stalled")) > 0 })
	wantAnother(t, pid)
	wantWatchdog(t, 2)
	if until := trainedUntil(t, state, "cells"); until != 500 {
		t.Errorf("the catalog has the run until %d", until)
	}
	if err := server.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wantMirrored(t, "/mnt/hangs/dacapo", "cells", 500)
	configure(t, "")
	must(t, "rm", dropIn+"watchdog.conf")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "restart", unit)
}

func unreadable(t *testing.T) {
	must(t, "chmod", "0700", stats)
	since := time.Now()
	must(t, "systemctl", "restart", unit)
	until(t, "the service to say so", func() bool { return len(journal(t, "EVENT=watch.unreadable")) > 0 })
	var complaints []string
	for _, entry := range journal(t, "_SYSTEMD_UNIT="+unit, "--since=@"+strconv.FormatInt(since.Unix(), 10), "--priority=warning") {
		complaints = append(complaints, fmt.Sprint(entry["MESSAGE"]))
	}
	if len(complaints) != 1 || !strings.Contains(complaints[0], stats) || !strings.Contains(complaints[0], "permission denied") {
		t.Errorf("complaints are %q", complaints)
	}
	t.Log(complaints[0])
	must(t, "chmod", "0750", stats)
	store(t, "cells", "600")
	wantMirrored(t, backup, "cells", 600)
}

func stopInLargeSync(t *testing.T) {
	must(t, "systemctl", "stop", unit)
	store(t, "3000xlarge", "500")
	must(t, "systemctl", "start", unit)
	snapshots := filepath.Join(backup, "snapshots")
	until(t, "some copies", func() bool { entries, _ := os.ReadDir(snapshots); return len(entries) > 50 })
	began := time.Now()
	must(t, "systemctl", "stop", unit)
	took := time.Since(began)
	entries, err := os.ReadDir(snapshots)
	if err != nil || len(entries) > 2900 {
		t.Fatalf("stopped after %d copies, %v: too late to prove anything", len(entries), err)
	}
	if took > 10*time.Second || show("Result") != "success" {
		t.Errorf("took %v, result %s", took, show("Result"))
	}
	t.Logf("stopped in %v after %d copies", took, len(entries))
	must(t, "statsmirror", "verify", "--state", state)
	must(t, "statsmirror", "verify", "--backup", backup)
	must(t, "systemctl", "start", unit)
	until(t, "all copies", func() bool { entries, _ := os.ReadDir(snapshots); return len(entries) >= 3000 })
}

func upgrade(t *testing.T) {
	pid, before := show("MainPID"), must(t, "sha256sum", config)
	must(t, "dpkg", "-i", deb(t, "STATSMIRROR_PACKAGES"))
	wantAnother(t, pid)
	wantState(t, "active")
	if after := must(t, "sha256sum", config); after != before {
		t.Error("the upgrade changed the configuration")
	}
	if got := output("systemctl", "is-enabled", unit); strings.TrimSpace(got) != "enabled" {
		t.Errorf("is %s", got)
	}
	store(t, "cells", "700")
	wantMirrored(t, backup, "cells", 700)
	if text := must(t, "statsmirror", "verify", "--stats", stats, "--state", state, "--backup", backup); !strings.Contains(text, ": 0 snapshots") {
		t.Errorf("verify: %s", text)
	}
}

// verifyWeekly starts the timer's unit by hand, before and after a copy is damaged, and asks as
// somebody without rights whether everything is mirrored.
func verifyWeekly(t *testing.T) {
	const verify = "statsmirror-verify.service"
	must(t, "systemctl", "enable", "--now", "statsmirror-verify.timer")
	must(t, "systemctl", "start", verify)
	if n := len(journal(t, "EVENT=verify.finished", "_SYSTEMD_UNIT="+verify)); n != 1 {
		t.Errorf("%d entries say that all is whole", n)
	}
	wantStatus := func(begins, says string) {
		t.Helper()
		until(t, "a status without rights", func() bool {
			text, _ := asTrainer("statsmirror", "status")
			return strings.HasPrefix(text, "statsmirror: "+begins+"\n") && strings.Contains(text, says)
		})
	}
	wantStatus("all mirrored", "found every snapshot whole")
	copied := filepath.Join(backup, "snapshots", "cells.parquet")
	whole := must(t, "cat", copied)
	write(t, copied, whole[:len(whole)/2])
	if _, err := run("systemctl", "start", verify); err == nil {
		t.Error("a damaged copy does not fail the unit")
	}
	if n := len(journal(t, "EVENT=verify.damaged", "_SYSTEMD_UNIT="+verify)); n != 1 {
		t.Errorf("%d entries say that a copy is damaged", n)
	}
	wantStatus("damaged", "found 1 snapshot damaged or missing")
	write(t, copied, whole)
	must(t, "systemctl", "reset-failed", verify)
	must(t, "systemctl", "start", verify)
	wantStatus("all mirrored", "found every snapshot whole")
	must(t, "systemctl", "disable", "--now", "statsmirror-verify.timer")
}

// followReport keeps a page, at first where the unit has it, then where a drop-in does.
func followReport(t *testing.T) {
	const report = "statsmirror-report.service"
	shows := func(page string, run string) {
		t.Helper()
		until(t, page+" to show "+run, func() bool {
			text, err := asTrainer("cat", page)
			return err == nil && strings.Contains(text, `"name":"`+run+`"`)
		})
	}
	write(t, "/etc/systemd/system/"+report+".d/often.conf", "[Service]\nExecStart=\n"+
		"ExecStart=/usr/bin/statsmirror report --watch --every 1s --config "+config+" -o ${PAGE}\n")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "enable", "--now", report)
	shows("/var/cache/statsmirror-report/index.html", "cells")
	store(t, "reported", "100")
	shows("/var/cache/statsmirror-report/index.html", "reported")

	ini := blocks(documents(t)["../packaging/docs/operations.md"], "ini")
	at := slices.IndexFunc(ini, func(text string) bool { return strings.Contains(text, "PAGE=") })
	write(t, "/etc/systemd/system/"+report+".d/override.conf", ini[at])
	must(t, "install", "-d", "-o", "statsmirror", "-g", "statsmirror", "/srv/www/runs")
	must(t, "systemctl", "daemon-reload")
	must(t, "systemctl", "restart", report)
	shows("/srv/www/runs/index.html", "reported")
	must(t, "systemctl", "stop", report)
	if result := strings.TrimSpace(output("systemctl", "show", "--value", "-p", "Result", report)); result != "success" {
		t.Errorf("it stopped with %s", result)
	}
	if text := output("journalctl", "--no-pager", "-o", "cat", "-u", report, "-p", "warning"); strings.Contains(text, "statsmirror") {
		t.Errorf("it complained:\n%s", text)
	}
	must(t, "rm", "-r", "/etc/systemd/system/"+report+".d", "/srv/www/runs")
	must(t, "systemctl", "daemon-reload")
}

func objectStore(t *testing.T) {
	const key, secret = backuptest.AccessKey, backuptest.SecretKey
	server := backuptest.Servers["versitygw"](t)
	write(t, "/etc/credstore/statsmirror.backup", "[default]\naws_access_key_id = "+key+"\naws_secret_access_key = "+secret+"\n")
	place := "s3://bucket/{host}?interval=0&region=us-east-1&endpoint=http://" + server.Address
	write(t, config, "stats: "+stats+"\nstate: "+state+"\nbackups: ['"+place+"']\n")
	must(t, "systemctl", "restart", unit)
	until(t, "the first copy", func() bool { _, err := run("statsmirror", "show", "--backup", place, "cells"); return err == nil })
	for _, args := range []string{
		"statsmirror check-config", "statsmirror ls cells", "statsmirror verify cells",
		"systemd-run -qP --wait --uid=statsmirror -p SupplementaryGroups=dacapo -p LoadCredential=backup:statsmirror.backup statsmirror check-config",
	} {
		if text := must(t, strings.Fields(args)...); strings.Contains(text, "denied") || strings.Contains(text, "unreachable") {
			t.Errorf("%s: %s", args, text)
		}
	}
	backuptest.SetKeys(t)
	wantMirrored(t, place, "cells", 700)
	store(t, "cells", "800")
	wantMirrored(t, place, "cells", 800)
	if strings.Contains(output("journalctl", "--no-pager", "-o", "export", "-u", unit), secret) {
		t.Error("the journal shows the secret")
	}
	process := "/proc/" + show("MainPID")
	if strings.Contains(must(t, "cat", process+"/cmdline", process+"/environ"), secret) {
		t.Error("the process list shows the secret")
	}
	if limits := must(t, "cat", process+"/limits"); !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).MatchString(limits) {
		t.Errorf("cores may be dumped:\n%s", limits)
	}
	if text := must(t, "find", state, backup, "-mindepth", "1", "-perm", "/027"); text != "" {
		t.Errorf("others may write or read:\n%s", text)
	}
	configure(t, "")
	must(t, "systemctl", "restart", unit)
}

func instance(t *testing.T) {
	must(t, "install", "-d", "/home/trainer/stats")
	must(t, "/usr/bin/python3", "testdata/store.py", "/home/trainer/stats", "mine", "100")
	must(t, "chmod", "755", "/home/trainer")
	write(t, "/etc/statsmirror/alice.yaml", "stats: /home/trainer/stats\nbackups: [/mnt/backup/alice]\n")
	must(t, "systemctl", "enable", "--now", "statsmirror@alice.service")
	wantMirrored(t, "/mnt/backup/alice", "mine", 100)
	wantMirrored(t, "/var/lib/statsmirror-alice", "mine", 100)
	wantState(t, "active")
	must(t, "systemctl", "enable", "--now", "statsmirror-report@alice.service")
	until(t, "the page of an instance", func() bool {
		text, err := asTrainer("cat", "/var/cache/statsmirror-report-alice/index.html")
		return err == nil && strings.Contains(text, `"name":"mine"`)
	})
}

func removeAndPurge(t *testing.T) {
	must(t, "dpkg", "-r", "statsmirror")
	for _, u := range []string{unit, "statsmirror@alice.service", "statsmirror-report.service", "statsmirror-report@alice.service"} {
		if got := output("systemctl", "is-active", u); strings.HasPrefix(got, "active") {
			t.Errorf("%s runs after its removal", u)
		}
	}
	wantThere(t, true, config, state, "/etc/statsmirror/alice.yaml")
	wantThere(t, false, "/usr/bin/statsmirror")
	must(t, "rm", "/etc/statsmirror/alice.yaml")

	text := must(t, "dpkg", "-P", "statsmirror")
	if !strings.Contains(text, state) {
		t.Errorf("purging does not say which files are kept:\n%s", text)
	}
	wantThere(t, false, config, "/etc/statsmirror", "/var/cache/statsmirror-report", "/etc/systemd/system/multi-user.target.wants/statsmirror-report.service")
	wantThere(t, true, filepath.Join(state, "snapshots", "cells.parquet"))
	if failed := must(t, "systemctl", "--failed", "--no-legend"); failed != "" {
		t.Errorf("failed: %s", failed)
	}
	must(t, "rm", "-r", dropIn)
	must(t, "systemctl", "daemon-reload")
}

// installRPM ignores dependencies, because rpm did not install this systemd.
func installRPM(t *testing.T) {
	must(t, "/usr/bin/python3", "testdata/store.py", openStats, "mine", "100")
	must(t, "rpm", "--install", "--nodeps", packageOf(t, "STATSMIRROR_PREVIOUS", "statsmirror-*.%s.rpm", rpmArch))
	wantState(t, "inactive")
	write(t, config, "stats: "+openStats+"\nstate: "+state+"\nbackups: [/mnt/backup/rpm]\n")
	must(t, "systemctl", "enable", "--now", unit)
	wantMirrored(t, "/mnt/backup/rpm", "mine", 100)

	pid := show("MainPID")
	must(t, "rpm", "--upgrade", "--nodeps", packageOf(t, "STATSMIRROR_PACKAGES", "statsmirror-*.%s.rpm", rpmArch))
	wantAnother(t, pid)
	must(t, "/usr/bin/python3", "testdata/store.py", openStats, "mine", "200")
	wantMirrored(t, "/mnt/backup/rpm", "mine", 200)

	must(t, "rpm", "--erase", "statsmirror")
	wantThere(t, false, "/usr/bin/statsmirror", "/usr/lib/systemd/system/statsmirror.service", config)
	wantThere(t, true, filepath.Join(state, "snapshots", "mine.parquet"), config+".rpmsave")
	if got := output("systemctl", "is-active", unit); strings.HasPrefix(got, "active") {
		t.Error("the service runs after its removal")
	}
}

func serviceInstall(t *testing.T) {
	unpacked := t.TempDir()
	must(t, "dpkg", "-x", deb(t, "STATSMIRROR_PACKAGES"), unpacked)
	must(t, "cp", filepath.Join(unpacked, "usr/bin/statsmirror"), "/usr/local/bin/")
	if text, err := run("statsmirror", "service", "status"); err == nil || !strings.Contains(text, "not installed") {
		t.Errorf("status: %s, %v", text, err)
	}
	must(t, "statsmirror", "service", "install")
	write(t, config, "stats: "+openStats+"\nstate: "+state+"\nbackups: [/mnt/backup/service]\n")
	must(t, "statsmirror", "service", "install") // again
	if text := must(t, "systemd-analyze", "verify", "--man=no", unit, "statsmirror-verify.service", "statsmirror-verify.timer"); text != "" {
		t.Errorf("verify: %s", text)
	}
	must(t, "statsmirror", "service", "start")
	must(t, "statsmirror", "service", "status")
	wantMirrored(t, "/mnt/backup/service", "mine", 200)
	must(t, "systemctl", "enable", "--now", "statsmirror-verify.timer")
	must(t, "systemctl", "start", "statsmirror-verify.service")
	must(t, "statsmirror", "service", "restart")
	must(t, "statsmirror", "service", "stop")
	if text, err := run("statsmirror", "service", "status"); err == nil || !strings.Contains(text, "stopped") {
		t.Errorf("status: %s, %v", text, err)
	}
	must(t, "statsmirror", "service", "uninstall")
	if text := must(t, "statsmirror", "service", "uninstall"); text != "not installed\n" {
		t.Errorf("uninstalled twice: %s", text)
	}
	wantThere(t, false, "/etc/systemd/system/statsmirror.service", "/etc/systemd/system/statsmirror-verify.service",
		"/etc/systemd/system/statsmirror-verify.timer", "/etc/systemd/system/timers.target.wants/statsmirror-verify.timer")
	wantThere(t, true, config)
}

func userService(t *testing.T) {
	if text, err := asTrainer("statsmirror", "service", "install"); err == nil || !strings.Contains(text, "needs root") {
		t.Errorf("installed without root: %s, %v", text, err)
	}
	must(t, "loginctl", "enable-linger", "trainer")
	until(t, "a service manager of the user", func() bool { _, err := asTrainer("systemctl", "--user", "status"); return err == nil })
	for _, args := range [][]string{
		{"statsmirror", "service", "install", "--user"},
		{"bash", "-c", "mkdir ~/copies; printf 'stats: " + openStats + "\nbackups: [/home/trainer/copies]\n' >~/.config/statsmirror/statsmirror.yaml"},
		{"statsmirror", "service", "start", "--user"},
		{"statsmirror", "service", "status", "--user"},
	} {
		if text, err := asTrainer(args...); err != nil {
			t.Fatalf("%q: %v: %s", args, err, text)
		}
	}
	wantMirrored(t, "/home/trainer/copies", "mine", 200)
	for _, args := range [][]string{
		{"systemctl", "--user", "enable", "--now", "statsmirror-verify.timer"},
		{"systemctl", "--user", "start", "statsmirror-verify.service"},
		{"statsmirror", "service", "uninstall", "--user"},
	} {
		if text, err := asTrainer(args...); err != nil {
			t.Errorf("%q: %v: %s", args, err, text)
		}
	}
	units := must(t, "ls", "/home/trainer/.config/systemd/user")
	if strings.Contains(units, "statsmirror") {
		t.Errorf("left: %s", units)
	}
}

// noServiceManager hides systemd from the program.
func noServiceManager(t *testing.T) {
	text, err := run("unshare", "--mount", "--pid", "--fork", "bash", "-c",
		"mount -t proc proc /proc && mount -t tmpfs none /run && statsmirror service install; echo $?")
	if err != nil || !strings.Contains(text, "no systemd runs here") || !strings.HasSuffix(text, "\n1\n") {
		t.Errorf("%v: %s", err, text)
	}
	wantThere(t, false, "/etc/init.d/statsmirror", "/etc/systemd/system/statsmirror.service")
}
