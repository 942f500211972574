package packaging

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write statsmirror@.service, and the imports in architecture.md")

// TestInstancesAreLikeTheUnit checks that statsmirror@.service matches statsmirror.service.
func TestInstancesAreLikeTheUnit(t *testing.T) {
	t.Parallel()
	wantGenerated(t, "systemd/statsmirror@.service", instanceOf(strings.NewReplacer(
		"# statsmirror, for a host with one stats tree. A host with several has an\n# instance of statsmirror@.service for each.\n",
		"# statsmirror, for a host with several stats trees: statsmirror@NAME has the\n"+
			"# configuration /etc/statsmirror/NAME.yaml and the state directory\n# /var/lib/statsmirror-NAME. A host with one has statsmirror.service.\n"+
			"#\n# Generated from that unit: go test ./packaging -update\n",
		"systemctl edit statsmirror.", "systemctl edit statsmirror@.service for all instances, or\n# statsmirror@NAME for one.",
	).Replace(Unit)))
}

// TestVerifyHasTheSandboxOfTheService makes the unit of the timer, and those of an instance and of a
// user.
func TestVerifyHasTheSandboxOfTheService(t *testing.T) {
	t.Parallel()
	head := `# Reads and hashes every snapshot again, weekly if statsmirror-verify.timer is enabled. It takes no
# lock, so that the service goes on. The sandbox is that of statsmirror.service.
#
# Generated from that unit: go test ./packaging -update

[Unit]
Description=Verification of the mirror of DaCapo statistics
Documentation=man:statsmirror-verify(1)
After=local-fs.target remote-fs.target

[Service]
Type=oneshot
ExecStart=/usr/bin/statsmirror verify --log --config ` + Config + `
TimeoutStartSec=infinity
Nice=19
IOSchedulingClass=idle
CPUSchedulingPolicy=batch
`
	verify := head + "\n" + sandbox()
	_, ofUser, _ := strings.Cut(UserUnit, "# The host's memory")
	ofUser, _, _ = strings.Cut(ofUser, "\n[Install]")
	user := strings.NewReplacer(
		"is that of statsmirror.service.", "is that of statsmirror-user.service.",
		"After=local-fs.target remote-fs.target\n", "",
	).Replace(head) + "# The host's memory" + ofUser
	const timer = `# Verifies every snapshot weekly: systemctl enable --now statsmirror-verify.timer

[Unit]
Description=Weekly verification of the mirror of DaCapo statistics
Documentation=man:statsmirror-verify(1)

[Timer]
OnCalendar=weekly
RandomizedDelaySec=1d
Persistent=true

[Install]
WantedBy=timers.target
`
	wantGenerated(t, "systemd/statsmirror-verify.service", verify)
	wantGenerated(t, "systemd/statsmirror-verify@.service", instanceOf(verify))
	wantGenerated(t, "systemd/statsmirror-verify-user.service", user)
	wantGenerated(t, "systemd/statsmirror-verify.timer", timer)
	wantGenerated(t, "systemd/statsmirror-verify@.timer", instanceOf(timer))
}

// sandbox returns the part of the service's unit that others share.
func sandbox() string {
	_, all, _ := strings.Cut(Unit, "LogRateLimitIntervalSec=0\n\n")
	all, _, _ = strings.Cut(all, "\n[Install]")
	before, after, _ := strings.Cut(all, "# The figures for")
	_, after, _ = strings.Cut(after, "RuntimeDirectory=statsmirror\n")
	return before + after
}

// TestReportHasTheSandboxOfTheService makes the unit of the page, and that of an instance. They can write
// nothing but the page.
func TestReportHasTheSandboxOfTheService(t *testing.T) {
	t.Parallel()
	report := `# Keeps a page of all runs, /var/cache/statsmirror-report/index.html, if statsmirror-report.service
# is enabled. The sandbox is that of statsmirror.service, but it cannot write catalog and backups.
#
# Generated from that unit: go test ./packaging -update

[Unit]
Description=Page of the statistics of DaCapo runs
Documentation=man:statsmirror-report(1)
After=local-fs.target remote-fs.target
StartLimitIntervalSec=0

[Service]
Type=exec
# Site: for another page, set this and let the unit write there with ReadWritePaths=.
Environment=PAGE=%C/statsmirror-report/index.html
ExecStart=/usr/bin/statsmirror report --watch --config ` + Config + ` -o ${PAGE}
Restart=on-failure
RestartSec=10s
Nice=19
IOSchedulingClass=idle
CPUSchedulingPolicy=batch

` + replaced(t, sandbox(),
		"# Members of the group", "StateDirectoryMode=0750\n", `# Everybody may read the page, because a web server must. Site: with CacheDirectoryMode=0750 only the
# group statsmirror may.
UMask=0022
CacheDirectory=statsmirror-report
CacheDirectoryMode=0755
`,
		"# The service can write", "ReadWritePaths=-/mnt -/media -/srv -/backup\n", "ProtectSystem=strict\n",
	) + `
[Install]
WantedBy=multi-user.target
`
	wantGenerated(t, "systemd/statsmirror-report.service", report)
	wantGenerated(t, "systemd/statsmirror-report@.service", instanceOf(report))
}

// replaced returns text with other lines between each pair of a beginning and an end, which are
// replaced, too.
func replaced(t *testing.T, text string, all ...string) string {
	t.Helper()
	for ; len(all) > 0; all = all[3:] {
		before, rest, begins := strings.Cut(text, all[0])
		_, after, ends := strings.Cut(rest, all[1])
		if !begins || !ends {
			t.Fatalf("the unit has no lines from %q to %q", all[0], all[1])
		}
		text = before + all[2] + after
	}
	return text
}

// instanceOf returns the unit of an instance.
func instanceOf(unit string) string {
	return strings.NewReplacer(
		"of DaCapo statistics\n", "of DaCapo statistics (%i)\n",
		"statistics of DaCapo runs", "statistics of DaCapo runs (%i)",
		"statsmirror-verify.timer", "statsmirror-verify@NAME.timer",
		Config, "%E/statsmirror/%i.yaml",
		"StateDirectory=statsmirror", "StateDirectory=statsmirror-%i",
		"RuntimeDirectory=statsmirror", "RuntimeDirectory=statsmirror-%i",
		"statsmirror.backup", "statsmirror-%i.backup",
		"statsmirror-report.service", "statsmirror-report@NAME.service",
		"/var/cache/statsmirror-report/", "/var/cache/statsmirror-report-NAME/",
		"%C/statsmirror-report/", "%C/statsmirror-report-%i/",
		"CacheDirectory=statsmirror-report", "CacheDirectory=statsmirror-report-%i",
	).Replace(unit)
}

// wantGenerated fails unless a file has a text, or writes it.
func wantGenerated(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(got)); diff != "" {
		t.Errorf("%s: %s\nrun: go test ./packaging -update", path, diff)
	}
}
