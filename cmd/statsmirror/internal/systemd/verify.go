package systemd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"statsmirror/packaging"
)

// The units of the weekly verification.
const (
	verifyUnit  = serviceName + "-verify.service"
	verifyTimer = serviceName + "-verify.timer"
)

// writeVerify writes the units of the weekly verification into the directory of the service's unit.
func (i *Installation) writeVerify(dir string) error {
	unit, err := i.placed(i.either(packaging.VerifyUnit, packaging.UserVerifyUnit))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	for name, content := range map[string]string{verifyUnit: unit, verifyTimer: packaging.VerifyTimer} {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644)
		}
	}
	if err != nil {
		return fmt.Errorf("install the weekly verification: %w", err)
	}
	return nil
}

// removeVerify stops the weekly verification, and removes its units from a directory.
func (i *Installation) removeVerify(ctx context.Context, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, verifyTimer)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if output, err := exec.CommandContext(ctx, "systemctl", i.timer("disable")...).CombinedOutput(); err != nil {
		return fmt.Errorf("stop the weekly verification: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return errors.Join(os.Remove(filepath.Join(dir, verifyUnit)), os.Remove(filepath.Join(dir, verifyTimer)))
}

// timer returns the arguments of systemctl that enable or disable the weekly verification at once.
func (i *Installation) timer(verb string) []string {
	if i.User {
		return []string{"--user", verb, "--now", verifyTimer}
	}
	return []string{verb, "--now", verifyTimer}
}
