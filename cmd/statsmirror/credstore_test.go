package main

import (
	"testing"
)

func TestUnitOfAConfiguration(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		"":                                  "statsmirror",
		"/etc/statsmirror/statsmirror.yaml": "statsmirror",
		"/etc/statsmirror/alice.yaml":       "statsmirror-alice",
		"/etc/statsmirror/../statsmirror/alice.yaml": "statsmirror-alice",
		"/etc/statsmirror/alice":                     "statsmirror",
		"/etc/statsmirror/old/alice.yaml":            "statsmirror",
		"alice.yaml":                                 "statsmirror",
	} {
		if got := unitOf(config); got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
}

func TestStateDirectoryIsThatOfTheUnit(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	for config, want := range map[string]string{
		"/etc/statsmirror/statsmirror.yaml": "/var/lib/statsmirror",
		"/etc/statsmirror/alice.yaml":       "/var/lib/statsmirror-alice",
	} {
		unit, ok := unitWith(config)
		got, err := Config{unit: unit, Stats: "/data/stats"}.stateDir()
		if !ok || err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", config, got, err, want)
		}
		if got, err := (Config{unit: unit, State: "/srv/state"}).stateDir(); err != nil || got != "/srv/state" {
			t.Errorf("%s with a key state: %s, %v", config, got, err)
		}
	}
	if unit, ok := unitWith("/home/alice/alice.yaml"); ok {
		t.Errorf("a file elsewhere is read by the unit %s", unit)
	}
}
