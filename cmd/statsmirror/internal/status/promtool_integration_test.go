//go:build integration

package status

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestPromtoolAcceptsTheMetrics(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "statsmirror.prom")
	if err := sampleFile().WriteMetrics(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	promtool(t, text, "check", "metrics")
}

func TestAlertRulesFireWhenTheyShould(t *testing.T) {
	t.Parallel()
	promtool(t, nil, "check", "rules", "../../../../packaging/alerts.yml")
	promtool(t, nil, "test", "rules", "testdata/alerts.yml")
}

func promtool(t *testing.T, stdin []byte, args ...string) {
	t.Helper()
	cmd := exec.Command("promtool", args...)
	cmd.Stdin = bytes.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %q: %v\n%s", args, err, out)
	}
}
