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
	const path = "systemd/statsmirror@.service"
	instance := strings.NewReplacer(
		"# statsmirror, for a host with one stats tree. A host with several has an\n# instance of statsmirror@.service for each.\n",
		"# statsmirror, for a host with several stats trees: statsmirror@NAME has the\n"+
			"# configuration /etc/statsmirror/NAME.yaml and the state directory\n# /var/lib/statsmirror-NAME. A host with one has statsmirror.service.\n"+
			"#\n# Generated from that unit: go test ./packaging -update\n",
		"systemctl edit statsmirror.", "systemctl edit statsmirror@.service for all instances, or\n# statsmirror@NAME for one.",
		"Mirror of the statistics of DaCapo runs", "Mirror of the statistics of DaCapo runs (%i)",
		Config, "%E/statsmirror/%i.yaml",
		"StateDirectory=statsmirror", "StateDirectory=statsmirror-%i",
		"RuntimeDirectory=statsmirror", "RuntimeDirectory=statsmirror-%i",
		"statsmirror.backup", "statsmirror-%i.backup",
	).Replace(Unit)
	if *update {
		if err := os.WriteFile(path, []byte(instance), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(instance, string(got)); diff != "" {
		t.Errorf("%s: %s\nrun: go test ./packaging -update", path, diff)
	}
}
