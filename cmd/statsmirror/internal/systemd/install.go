package systemd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	manager "github.com/kardianos/service"

	"statsmirror/packaging"
)

// Installation is the service as systemd knows it.
type Installation struct {
	User          bool   // a service of the user, without root
	Config        string // the file that the service reads; "" for the one in the unit
	DefaultConfig string // the default one of the unit of the system
}

// packagedUnits are the paths of a unit installed by a package.
var packagedUnits = []string{"/usr/lib/systemd/system/statsmirror.service", "/lib/systemd/system/statsmirror.service"}

// service returns the service under its manager. It is an error if no systemd runs, or if a user
// without root wants to change the system's service.
func (i *Installation) service(changes bool) (manager.Service, error) {
	if manager.Platform() != "linux-systemd" {
		return nil, errors.New("no systemd runs here; let this host's service manager run \"statsmirror run\"")
	}
	if changes && !i.User && os.Geteuid() != 0 {
		return nil, errors.New("the system's service needs root; use sudo, or --user for your own service")
	}
	unit, err := i.placed(i.either(packaging.Unit, packaging.UserUnit))
	if err != nil {
		return nil, err
	}
	return manager.New(nil, &manager.Config{
		Name:   serviceName,
		Option: manager.KeyValue{"SystemdScript": unit, "UserService": i.User},
	})
}

// either returns the text for the system's service, or for a user's.
func (i *Installation) either(system, user string) string {
	if i.User {
		return user
	}
	return system
}

// placed returns a unit that starts this program, with the configuration of the installation.
func (i *Installation) placed(unit string) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	config := packaging.Config
	if i.Config != "" {
		path, err := filepath.Abs(i.Config)
		if err != nil {
			return "", fmt.Errorf("find the configuration: %w", err)
		}
		config = systemdQuoted(strings.ReplaceAll(path, "$", "$$"))
	}
	return strings.NewReplacer(packaging.Config, config, packaging.Program, systemdQuoted(program)).Replace(unit), nil
}

// systemdQuoted is one word in a line of a unit, see systemd.service(5).
func systemdQuoted(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(word) + `"`
}

// own returns the service to be changed and the path of its unit. It is an error if a package owns
// the unit.
func (i *Installation) own() (s manager.Service, path string, err error) {
	if s, err = i.service(true); err != nil {
		return nil, "", err
	}
	if err = i.refusePackaged(); err != nil {
		return nil, "", err
	}
	path, err = i.unitPath()
	return s, path, err
}

// Install installs and enables the unit. It writes a configuration to edit unless one exists, and
// the timer of the weekly verification, which it does not enable. It writes each step to w.
func (i *Installation) Install(ctx context.Context, w io.Writer) error {
	s, path, err := i.own()
	if err != nil {
		return err
	}
	if !i.User {
		if err := makeSystemUser(ctx); err != nil {
			return err
		}
	}
	config, err := i.writeConfiguration(w)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace the unit: %w", err)
	}
	if err := i.writeVerify(filepath.Dir(path)); err != nil {
		return err
	}
	if err := s.Install(); err != nil {
		return errors.Join(i.explain("install", err), os.Remove(path))
	}
	fmt.Fprintf(w, "installed and enabled %s\nnext: edit %s, then %s\nto verify every snapshot weekly: %s\n",
		path, config, i.commandLine("restart"), i.either("sudo ", "")+"systemctl "+strings.Join(i.timer("enable"), " "))
	return nil
}

// Uninstall stops the service and removes its units. Configuration and data stay.
func (i *Installation) Uninstall(ctx context.Context, w io.Writer) error {
	s, path, err := i.own()
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(w, "not installed")
		return nil
	}
	if err := s.Stop(); err != nil {
		return i.explain("stop", err)
	}
	if err := i.removeVerify(ctx, filepath.Dir(path)); err != nil {
		return err
	}
	if err := s.Uninstall(); err != nil {
		return i.explain("uninstall", err)
	}
	fmt.Fprintf(w, "stopped, and removed %s; configuration and data stay\n", path)
	return nil
}

// Start starts the service.
func (i *Installation) Start(_ context.Context, w io.Writer) error {
	return i.control("start", "started", manager.Service.Start, w)
}

// Stop stops the service.
func (i *Installation) Stop(_ context.Context, w io.Writer) error {
	return i.control("stop", "stopped", manager.Service.Stop, w)
}

// Restart stops the service and starts it again.
func (i *Installation) Restart(_ context.Context, w io.Writer) error {
	return i.control("restart", "restarted", manager.Service.Restart, w)
}

func (i *Installation) control(verb, done string, do func(manager.Service) error, w io.Writer) error {
	s, err := i.service(true)
	if err != nil {
		return err
	}
	if err := do(s); err != nil {
		return i.explain(verb, err)
	}
	fmt.Fprintln(w, done)
	return nil
}

// Status writes to w that the service runs. If it does not run, that is an error.
func (i *Installation) Status(_ context.Context, w io.Writer) error {
	s, err := i.service(false)
	if err != nil {
		return err
	}
	status, err := s.Status()
	switch {
	case errors.Is(err, manager.ErrNotInstalled):
		return fmt.Errorf("not installed; install it with: %s", i.commandLine("install"))
	case err != nil:
		return i.explain("run", err)
	case status != manager.StatusRunning:
		return fmt.Errorf("stopped; start it with: %s", i.commandLine("start"))
	}
	fmt.Fprintln(w, "running")
	return nil
}

// explain says where the user finds the reason of an error, because systemctl does not print it
// here.
func (i *Installation) explain(verb string, err error) error {
	scope, session := "", ""
	if i.User {
		scope, session = "--user ", "; without a login, first: loginctl enable-linger"
	}
	return fmt.Errorf("%s the service: %w; see: systemctl %[3]sstatus %[4]s, journalctl %[3]s-u %[4]s%[5]s",
		verb, err, scope, serviceName, session)
}

func (i *Installation) commandLine(verb string) string {
	return i.either("sudo statsmirror service "+verb, "statsmirror service "+verb+" --user")
}

// refusePackaged returns an error if a package has installed the unit.
func (i *Installation) refusePackaged() error {
	if i.User {
		return nil
	}
	for _, path := range packagedUnits {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("a package has installed %s; use \"systemctl enable --now statsmirror\", and the package manager to remove it", path)
		}
	}
	return nil
}

// unitPath returns the path at which kardianos/service puts the unit.
func (i *Installation) unitPath() (string, error) {
	if !i.User {
		return "/etc/systemd/system/" + serviceName + ".service", nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the user's units: %w", err)
	}
	return filepath.Join(home, ".config/systemd/user", serviceName+".service"), nil
}

func makeSystemUser(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "systemd-sysusers", "-")
	cmd.Stdin = strings.NewReader(packaging.SystemUsers)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the user %s: %w: %s", serviceName, err, strings.TrimSpace(string(output)))
	}
	return nil
}

// writeConfiguration returns the path of the configuration. If there is none, it writes one to edit.
func (i *Installation) writeConfiguration(w io.Writer) (string, error) {
	path := cmp.Or(i.Config, i.DefaultConfig)
	content := packaging.Configuration
	if i.User {
		content = strings.Replace(content, "\nstate:", "\n#state:", 1)
		if i.Config == "" {
			configs, err := os.UserConfigDir()
			if err != nil {
				return "", fmt.Errorf("find the configuration: %w", err)
			}
			path = filepath.Join(configs, "statsmirror", "statsmirror.yaml")
		}
	}
	if _, err := os.Lstat(path); err == nil {
		return path, nil
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o644)
	}
	if err != nil {
		return "", fmt.Errorf("write a configuration: %w", err)
	}
	fmt.Fprintf(w, "wrote %s\n", path)
	return path, nil
}
