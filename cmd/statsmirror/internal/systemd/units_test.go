package systemd

import "testing"

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
		if got := UnitOf(config); got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
	if unit, ok := Unit("/home/alice/alice.yaml"); ok {
		t.Errorf("a file elsewhere is read by the unit %s", unit)
	}
}
