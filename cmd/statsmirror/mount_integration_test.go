//go:build integration

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// inMountNamespace runs a script as root with its own mounts, in a directory with the sample. $S is
// the program.
func inMountNamespace(t *testing.T, script string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: run this as root")
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "sample"), os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--propagation", "private", "timeout", "60", "bash", "-euxc", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "S="+build(t.Context(), t))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestMountOverTheStatsTreeIsNoticed mounts the sample over an empty stats tree while the service
// runs, and unmounts it again. The next rescan would come only ten minutes later.
func TestMountOverTheStatsTreeIsNoticed(t *testing.T) {
	t.Parallel()
	inMountNamespace(t, `
mkdir -p stats/training_stats
printf 'stats: stats\nstate: state\npoll_interval: 200ms\nlog_format: json\n' >config.yaml
$S run --config config.yaml 2>log & service=$!
until grep -q service.ready log; do sleep 0.1; done
mount --bind sample stats
until $S ls --state state | grep -q cells-unet-32; do sleep 0.1; done
umount stats
cp sample/training_stats/cells-unet-16 stats/training_stats/later
until $S ls --state state | grep -q later; do sleep 0.1; done
kill $service
wait $service`)
}

// TestBindMountOfAPlaceIsThatPlace gives the catalog as its own backup, under a bind mount.
func TestBindMountOfAPlaceIsThatPlace(t *testing.T) {
	t.Parallel()
	inMountNamespace(t, `
mkdir state backup
mount --bind state backup
for command in sync check-config run; do
  code=0; $S $command --stats sample --state state --backup backup || code=$?
  [ $code = 2 ]
done`)
}
