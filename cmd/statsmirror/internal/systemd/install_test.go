package systemd

import (
	"strings"
	"testing"

	"statsmirror/packaging"
)

func TestUnitIsATemplateOfTheProgramsPlace(t *testing.T) {
	t.Parallel()
	for _, user := range []bool{false, true} {
		i := &Installation{Config: "/etc/a b/100%.yaml", User: user}
		unit, err := i.unit()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(unit, packaging.Program) || strings.Contains(unit, packaging.Config) {
			t.Errorf("the unit has a fixed place:\n%s", unit)
		}
		if want := `ExecStart={{Path | cmdEscape}} run --config "/etc/a b/100%%.yaml"`; !strings.Contains(unit, want+"\n") {
			t.Errorf("the unit has no line %s:\n%s", want, unit)
		}
	}
}
