package systemd

import (
	"os"
	"strings"
	"testing"

	"statsmirror/packaging"
)

func TestUnitsStartThisProgramWithItsConfiguration(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for unit, does := range map[string]string{
		packaging.Unit: "run", packaging.UserUnit: "run",
		packaging.VerifyUnit: "verify --log", packaging.UserVerifyUnit: "verify --log",
	} {
		i := &Installation{Config: "/etc/a b/100%$.yaml"}
		placed, err := i.placed(unit)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(placed, packaging.Program) || strings.Contains(placed, packaging.Config) {
			t.Errorf("the unit has a fixed place:\n%s", placed)
		}
		if want := `ExecStart="` + program + `" ` + does + ` --config "/etc/a b/100%%$$.yaml"`; !strings.Contains(placed, want+"\n") {
			t.Errorf("the unit has no line %s:\n%s", want, placed)
		}
	}
}
