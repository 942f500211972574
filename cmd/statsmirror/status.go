package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/status"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/catalog"
)

func newStatusCommand(f *flags) *cobra.Command {
	var asJSON bool
	late := time.Minute
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print whether everything is mirrored, for each service on this host",
		Long: "Print whether everything is mirrored, and why not, as the service last wrote it. It does so every\n" +
			"15 seconds, in /run/statsmirror under systemd, else in the state directory. Without --config,\n" +
			"--stats or --state, status shows every service that is enabled or runs, and those of the user.\n\n" +
			"Exits 0 if everything is mirrored, 1 if a change has waited longer than --late for a copy, 3 if a\n" +
			"stats file is damaged, nothing is watched, or the service hangs. The last result of verify --log\n" +
			"counts too: 3 if it found damage, 1 if it could not read everything. status needs neither root nor\n" +
			"the backups.",
		Example: "  statsmirror status\n" +
			"  statsmirror status --json --late 10m",
		Args: usage.Arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if late < 0 {
				return usage.Errorf("--late is %v; it must not be negative", late)
			}
			all, err := findServices(f)
			if err != nil {
				return err
			}
			return reportServices(cmd.OutOrStdout(), all, late, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.Flags().DurationVar(&late, "late", late, "how long a change may lack a copy")
	return cmd
}

// watching is a service and its status.
type watching struct {
	Name    string // for people
	service string // for systemctl; "" if systemd did not start it
	File    status.File
	err     error // why File is empty
}

// findServices returns the service that flags name, or all services of the host and the user.
func findServices(f *flags) ([]watching, error) {
	if f.File != "" || f.NamesPlace() {
		return namedService(f)
	}
	var all []watching
	for _, unit := range systemd.Units() {
		all = append(all, readUnit(unit))
	}
	found, _ := filepath.Glob(filepath.Join(userStates(), "*", status.Name)) // the pattern is valid
	for _, path := range found {
		all = append(all, readState(filepath.Dir(path)))
	}
	if len(all) == 0 {
		return namedService(f)
	}
	return all, nil
}

// namedService returns the service of the configuration.
func namedService(f *flags) ([]watching, error) {
	c, err := f.Load()
	if err != nil {
		return nil, err
	}
	if unit, ok := systemd.Unit(f.File); ok && f.State == "" {
		if s := readUnit(unit); !errors.Is(s.err, fs.ErrNotExist) {
			return []watching{s}, nil
		}
	}
	state, err := c.StateDir()
	if err != nil {
		return nil, exit.Damagedf("no service is enabled or runs on this host, so nothing is watched; start it with \"systemctl enable --now statsmirror\", or name it with --config, --stats or --state")
	}
	if _, err := os.Stat(state); errors.Is(err, fs.ErrNotExist) {
		state = cmp.Or(f.ServiceState(c), state)
	}
	for _, unit := range systemd.Units() { // its status is not in its state directory
		if s := readUnit(unit); s.err == nil && s.File.State == state {
			return []watching{s}, nil
		}
	}
	return []watching{readState(state)}, nil
}

// userStates returns the directory with the state directories of the user's own services.
func userStates() string {
	home, _ := os.UserHomeDir() // "" finds nothing
	return filepath.Join(cmp.Or(os.Getenv("XDG_STATE_HOME"), filepath.Join(home, ".local", "state")), "statsmirror")
}

// readUnit reads the status file of a unit's service.
func readUnit(unit string) watching {
	service := systemd.ServiceOf(unit)
	s := watching{Name: service, service: service}
	s.File, s.err = status.Read(systemd.RuntimeDir(unit))
	return s
}

// readState reads the status file in a state directory. If no process has the catalog there in
// use, the service was killed.
func readState(state string) watching {
	s := watching{Name: state}
	if s.File, s.err = status.Read(state); s.err != nil {
		return s
	}
	root, err := os.OpenRoot(state)
	if err != nil {
		return s
	}
	defer root.Close()
	if catalog.CheckLock(root) == nil {
		s.err = fs.ErrNotExist
	}
	return s
}

// judge returns the findings about a service.
func (s watching) judge(late time.Duration) []status.Line {
	switch {
	case s.err == nil:
		return s.File.Judge(time.Now(), late, s.service)
	case errors.Is(s.err, fs.ErrNotExist) && s.service != "":
		return []status.Line{{Verdict: status.Unwatched, Text: "the service does not run", Advice: "systemctl status " + s.service}}
	case errors.Is(s.err, fs.ErrNotExist):
		return []status.Line{{Verdict: status.Unwatched, Text: "no service runs with this state directory"}}
	}
	return []status.Line{{Verdict: status.Unwatched, Text: "unknown: " + s.err.Error()}}
}

// serviceJSON is a service in the output of --json.
type serviceJSON struct {
	Service string         `json:"service"`
	Verdict status.Verdict `json:"verdict"`
	Reasons []string       `json:"reasons"`          // why it is not "all mirrored"
	Status  *status.File   `json:"status,omitempty"` // as the service wrote it
}

// reportServices prints the findings about services. Its error is the worst verdict.
func reportServices(w io.Writer, all []watching, late time.Duration, asJSON bool) error {
	worst := status.Mirrored
	printed := []serviceJSON{}
	for _, s := range all {
		lines := s.judge(late)
		is := serviceJSON{Service: s.Name, Verdict: status.Worst(lines), Reasons: []string{}}
		if s.err == nil {
			is.Status = &s.File
		}
		for _, l := range lines {
			if l.Verdict > status.Mirrored {
				is.Reasons = append(is.Reasons, l.Text)
			}
		}
		worst = max(worst, is.Verdict)
		printed = append(printed, is)
		if !asJSON {
			printService(w, is, lines)
		}
	}
	if asJSON {
		if err := format.WriteJSON(w, map[string]any{"verdict": worst, "services": printed}); err != nil {
			return err
		}
	}
	switch worst {
	case status.Mirrored:
		return nil
	case status.Late:
		return exit.Silent(exit.Failed)
	}
	return exit.Silent(exit.Damaged)
}

func printService(w io.Writer, s serviceJSON, lines []status.Line) {
	fmt.Fprintf(w, "%s: %s\n", term.OneLine(s.Service), s.Verdict)
	for _, l := range lines {
		fmt.Fprintf(w, "  %s\n", term.OneLine(l.Text))
		if l.Advice != "" {
			fmt.Fprintf(w, "    %s\n", l.Advice)
		}
	}
}
