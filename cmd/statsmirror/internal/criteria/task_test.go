package criteria

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// configs returns a directory configs with the configuration of a run.
func configs(t *testing.T, run, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runs", run+".yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runConfig returns the configuration of a run in the form of PyYAML's dump, with an alias and tuples
// as it has them.
func runConfig(task string) string {
	return "architecture_config:\n  __type__: CNNectomeUNetConfig\n  channels:\n  - wrong\n  input_shape: &id001 !!python/tuple\n  - 212\n  - 212\n" +
		"name: run\ntask_config:\n" + task + "trainer_config:\n  __type__: GunpowderTrainerConfig\n  shape: *id001\n"
}

func TestCriteriaComeFromDaCaposConfiguration(t *testing.T) {
	t.Parallel()
	two := "  __type__: DistanceTaskConfig\n  channels:\n  - mito\n  - 'er'\n  clip_distance: 80.0\n  name: t\n"
	for name, c := range map[string]struct {
		config string
		size   int
		want   string // the first and the last criterion
	}{
		"one channel":           {runConfig("  __type__: HotDistanceTaskConfig\n  channels:\n  - mito\n  name: t\n"), 21, "dice f1_score"},
		"two channels":          {runConfig(two), 42, "mito__dice er__f1_score"},
		"one output":            {runConfig(two), 21, "dice f1_score"},
		"instances":             {runConfig("  __type__: AffinitiesTaskConfig\n  offsets:\n  - !!python/tuple\n    - 1\n    - 0\n"), 3, "voi_split voi"},
		"one hot":               {runConfig("  __type__: OneHotTaskConfig\n"), 2, "frizz_level blipp_score"},
		"pretrained":            {runConfig("  __type__: PretrainedTaskConfig\n  sub_task_config:\n    __type__: AffinitiesTaskConfig\n    name: s\n  weights: w\n"), 3, "voi_split voi"},
		"another size":          {runConfig(two), 20, ""},
		"another task":          {runConfig("  __type__: OurTaskConfig\n"), 3, ""},
		"an alias":              {runConfig("  __type__: *id001\n"), 3, ""},
		"channels by an alias":  {runConfig("  __type__: DistanceTaskConfig\n  channels: *id001\n"), 42, ""},
		"a channel as a number": {runConfig("  __type__: DistanceTaskConfig\n  channels:\n  - a,b:max\n  - c\n"), 42, ""},
		"no task":               {"name: run\ntask_config: null\n", 3, ""},
		"not a configuration":   {"\x80\x04}.", 3, ""},
		"too long":              {strings.Repeat("#", taskBytes) + "\n" + runConfig(two), 42, ""},
	} {
		l, err := Naming{Configs: configs(t, "run", c.config)}.Of("run", scoresOf(c.size))
		got := ""
		if len(l) > 0 {
			got = l[0].Name + " " + l[len(l)-1].Name
		}
		if got != c.want || err != nil || l != nil && len(l) != c.size {
			t.Errorf("%s: got %q (%d), %v; want %q", name, got, len(l), err, c.want)
		}
	}
}

func TestConfigurationOfTheUserComesFirst(t *testing.T) {
	t.Parallel()
	dir := configs(t, "run", runConfig("  __type__: AffinitiesTaskConfig\n"))
	given := List{{"a", Max}, {"b", Min}, {"c", ""}}
	if l, err := (Naming{Given: given, Configs: dir}).Of("run", scoresOf(3)); err != nil || !slices.Equal(l, given) {
		t.Errorf("got %v, %v", l, err)
	}
}

func TestOnlyFilesOfTheDirectoryAreRead(t *testing.T) {
	t.Parallel()
	text := runConfig("  __type__: AffinitiesTaskConfig\n")
	other := configs(t, "run", text)
	dir := configs(t, "real", text)
	runs := filepath.Join(dir, "runs")
	if err := os.Symlink(filepath.Join(other, "runs", "run.yaml"), filepath.Join(runs, "outside.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", filepath.Join(runs, "inside.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(runs, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	for run, want := range map[string]bool{"real": true, "inside": true, "outside": false, "pipe": false, "missing": false, "../runs/real": false, "": false} {
		if l, err := (Naming{Configs: dir}).Of(run, scoresOf(3)); (l != nil) != want || err != nil {
			t.Errorf("%q: got %v, %v", run, l, err)
		}
	}
	if l, err := (Naming{Configs: filepath.Join(dir, "nowhere")}).Of("real", scoresOf(3)); l != nil || err != nil {
		t.Errorf("without configurations: %v, %v", l, err)
	}
}

// TestPipeAsConfigs has a pipe in place of the directory configs, which nobody writes.
func TestPipeAsConfigs(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "configs")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := (Naming{Configs: pipe}).Of("run", scoresOf(2)); l != nil || err != nil {
		t.Errorf("got %v, %v", l, err)
	}
}
