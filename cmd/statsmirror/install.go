package main

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
	"github.com/spf13/cobra"

	"statsmirror/packaging"
)

func newServiceCommand(f *flags) *cobra.Command {
	i := &installation{flags: f}
	parent := &cobra.Command{
		Use:   "service",
		Short: "Install, remove and control the systemd service",
		Long: "Install the systemd unit that runs this program, remove it, and control the service. A\n" +
			"package brings the unit along and needs no \"service install\".",
		Example: "  sudo statsmirror service install\n  statsmirror service install --user",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageErrorf("unknown command %q%s", args[0], suggestion(args[0], commandNames(cmd)))
			}
			return cmd.Help()
		},
	}
	parent.PersistentFlags().BoolVar(&i.user, "user", false, "a service of the user, without root")
	for _, c := range []struct {
		name, short string
		do          func(context.Context, manager.Service, io.Writer) error
	}{
		{"install", "Install and enable the unit, and a configuration to edit where there is none", i.install},
		{"uninstall", "Stop the service and remove the unit; configuration and data stay", i.uninstall},
		{"start", "Start the service", i.start},
		{"stop", "Stop the service", i.stop},
		{"restart", "Stop the service and start it again", i.restart},
		{"status", "Print whether the service runs; exits 1 unless it does", i.status},
	} {
		parent.AddCommand(&cobra.Command{
			Use: c.name, Short: c.short, Args: arguments(cobra.NoArgs),
			Example: "  sudo statsmirror service " + c.name + "\n  statsmirror service " + c.name + " --user",
			RunE: func(cmd *cobra.Command, _ []string) error {
				s, err := i.service(c.name != "status")
				if err != nil {
					return err
				}
				return c.do(cmd.Context(), s, cmd.OutOrStdout())
			},
		})
	}
	return parent
}

// installation is the service as systemd knows it.
type installation struct {
	flags *flags
	user  bool
}

const serviceName = "statsmirror"

// packagedUnits are the places of a unit that a package brought.
var packagedUnits = []string{"/usr/lib/systemd/system/statsmirror.service", "/lib/systemd/system/statsmirror.service"}

// service returns the service in the hands of its manager. It is an error that
// no systemd runs, or that what is to be changed needs root.
func (i *installation) service(changes bool) (manager.Service, error) {
	if manager.Platform() != "linux-systemd" {
		return nil, errors.New("no systemd runs here; let what starts services here run \"statsmirror run\"")
	}
	if changes && !i.user && os.Geteuid() != 0 {
		return nil, errors.New("the system's service needs root; use sudo, or --user for a service of your own")
	}
	unit, err := i.unit()
	if err != nil {
		return nil, err
	}
	return manager.New(nil, &manager.Config{
		Name:   serviceName,
		Option: manager.KeyValue{"SystemdScript": unit, "UserService": i.user},
	})
}

// unit returns the unit as a template of kardianos/service, which knows where
// this program is.
func (i *installation) unit() (string, error) {
	if i.flags.placed() {
		return "", usageErrorf("the service reads a configuration file; give --config, not --stats, --state or --backup")
	}
	unit := packaging.Unit
	if i.user {
		unit = packaging.UserUnit
	}
	config := packaging.Config
	if i.flags.config != "" {
		path, err := filepath.Abs(i.flags.config)
		if err != nil {
			return "", fmt.Errorf("find the configuration: %w", err)
		}
		config = systemdQuoted(path)
	}
	return strings.NewReplacer(
		packaging.Config, config,
		"ExecPaths="+packaging.Program, `ExecPaths="{{Path}}"`,
		packaging.Program, "{{Path | cmdEscape}}",
	).Replace(unit), nil
}

// systemdQuoted is one argument in a line of a unit, see systemd.service(5).
func systemdQuoted(argument string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(argument) + `"`
}

func (i *installation) install(ctx context.Context, s manager.Service, w io.Writer) error {
	if err := i.refusePackaged(); err != nil {
		return err
	}
	path, err := i.unitPath()
	if err != nil {
		return err
	}
	if !i.user {
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
	if err := s.Install(); err != nil {
		return errors.Join(i.explain("install", err), os.Remove(path))
	}
	fmt.Fprintf(w, "installed and enabled %s\nnext: edit %s, then %s\n", path, config, i.commandLine("restart"))
	return nil
}

func (i *installation) uninstall(_ context.Context, s manager.Service, w io.Writer) error {
	if err := i.refusePackaged(); err != nil {
		return err
	}
	path, err := i.unitPath()
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
	if err := s.Uninstall(); err != nil {
		return i.explain("uninstall", err)
	}
	fmt.Fprintf(w, "stopped, and removed %s; configuration and data stay\n", path)
	return nil
}

func (i *installation) start(_ context.Context, s manager.Service, w io.Writer) error {
	return i.control("start", "started", s.Start, w)
}

func (i *installation) stop(_ context.Context, s manager.Service, w io.Writer) error {
	return i.control("stop", "stopped", s.Stop, w)
}

func (i *installation) restart(_ context.Context, s manager.Service, w io.Writer) error {
	return i.control("restart", "started anew", s.Restart, w)
}

func (i *installation) control(verb, done string, do func() error, w io.Writer) error {
	if err := do(); err != nil {
		return i.explain(verb, err)
	}
	fmt.Fprintln(w, done)
	return nil
}

func (i *installation) status(_ context.Context, s manager.Service, w io.Writer) error {
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

// explain says where the reason of an error is told, which systemctl told
// nobody here.
func (i *installation) explain(verb string, err error) error {
	scope, session := "", ""
	if i.user {
		scope, session = "--user ", "; without a login, first: loginctl enable-linger"
	}
	return fmt.Errorf("%s the service: %w; see: systemctl %[3]sstatus %[4]s, journalctl %[3]s-u %[4]s%[5]s",
		verb, err, scope, serviceName, session)
}

func (i *installation) commandLine(verb string) string {
	if i.user {
		return "statsmirror service " + verb + " --user"
	}
	return "sudo statsmirror service " + verb
}

// refusePackaged returns an error where a package has installed the unit.
func (i *installation) refusePackaged() error {
	if i.user {
		return nil
	}
	for _, path := range packagedUnits {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("a package has installed %s; use \"systemctl enable --now statsmirror\", and the package manager to remove it", path)
		}
	}
	return nil
}

// unitPath returns where kardianos/service puts the unit.
func (i *installation) unitPath() (string, error) {
	if !i.user {
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
		return fmt.Errorf("make the user %s: %w: %s", serviceName, err, strings.TrimSpace(string(output)))
	}
	return nil
}

// writeConfiguration writes a configuration to edit where there is none, and
// returns where it is.
func (i *installation) writeConfiguration(w io.Writer) (string, error) {
	path := cmp.Or(i.flags.config, defaultConfigFile)
	content := packaging.Configuration
	if i.user {
		content = strings.Replace(content, "\nstate:", "\n#state:", 1)
		if i.flags.config == "" {
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
