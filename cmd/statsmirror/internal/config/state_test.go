package config

import "testing"

func TestStateDirectoryIsThatOfTheUnit(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	got, err := Config{unit: "statsmirror-alice", Stats: "/data/stats"}.StateDir()
	if want := "/var/lib/statsmirror-alice"; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if got, err := (Config{unit: "statsmirror", State: "/srv/state"}).StateDir(); err != nil || got != "/srv/state" {
		t.Errorf("with a key state: %s, %v", got, err)
	}
}
