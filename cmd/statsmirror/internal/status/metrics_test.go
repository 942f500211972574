package status

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"statsmirror/mirror"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/replica"
)

// sampleFile has a name with every character that a label must escape.
func sampleFile() File {
	f := New(mirror.Status{
		Runs: 3, Dirty: 1, OldestDirty: 2 * time.Hour, Merges: 7, Bytes: 1 << 40,
		Backups: []replica.Figures{
			{Backup: "/mnt/a \"b\\c\"\n\xff", Dirty: 1, Oldest: 2 * time.Hour, Failing: 2 * time.Hour},
			{Backup: "s3://bucket", Requests: backup.Requests{Put: 3}, Metered: true},
		},
	})
	f.Written, f.Started, f.Stats = time.Unix(2000, 0), time.Unix(1000, 0), "/data/stats"
	return f
}

func TestMetricsAreWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "statsmirror.prom")
	for range 2 {
		if err := sampleFile().WriteMetrics(path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"# TYPE statsmirror_heartbeat_timestamp_seconds gauge",
		`statsmirror_heartbeat_timestamp_seconds{stats="/data/stats"} 2000`,
		`statsmirror_oldest_unmirrored_seconds{stats="/data/stats"} 7200`,
		"# TYPE statsmirror_read_bytes_total counter",
		`statsmirror_read_bytes_total{stats="/data/stats"} 1099511627776`,
		`statsmirror_backup_failing_seconds{stats="/data/stats",backup="/mnt/a \"b\\c\"\n�"} 7200`,
		`statsmirror_backup_requests_total{stats="/data/stats",backup="s3://bucket",request="put"} 3`,
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestMetricsReplaceNoOtherFile has a file of another service, one of another program, and an empty
// one.
func TestMetricsReplaceNoOtherFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "statsmirror.prom")
	other := sampleFile()
	other.Stats = "/data/stats/\"other\""
	if err := other.WriteMetrics(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for want, content := range map[string]string{
		"of another stats tree":        string(text),
		"is not a file of statsmirror": "# HELP apt_upgrades_pending x\n",
		"":                             "",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := sampleFile().WriteMetrics(path)
		switch now, readErr := os.ReadFile(path); {
		case readErr != nil:
			t.Fatal(readErr)
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want) || string(now) != content):
			t.Errorf("over %q: %v", content, err)
		}
	}
}
