package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/store"
)

func newCheckConfigCommand(f *flags) *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "check-config",
		Short: "Check the configuration and that its places can be used",
		Long: "Check that the configuration has no error, that the stats tree exists and can be read, and that\n" +
			"the state directory and each backup can be written. The last directory of a path is created if\n" +
			"it is missing. Run this as the user that runs the service. Exits 2 if the configuration is wrong,\n" +
			"1 if a place cannot be used.",
		Example: "  sudo -u statsmirror statsmirror check-config",
		Args:    usage.Arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := service.New(serviceOptions(cmd.Context(), f, cmd.ErrOrStderr()))
			if err != nil || offline {
				return err
			}
			return checkService(cmd, f, s)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "check only the configuration, not the places that it names")
	return cmd
}

// checkService prints a line for each place and reports whether all can be used.
func checkService(cmd *cobra.Command, f *flags, s *service.Service) error {
	out, places, unusable := cmd.OutOrStdout(), 0, 0
	s.Check(cmd.Context(), func(v service.Verdict) {
		places++
		text := v.Text
		if v.Err != nil {
			text = v.Err.Error() + usage.Remedy(v.Err)
			unusable++
		}
		fmt.Fprintf(out, "%s %s: %s\n", v.What, term.Printable(v.Place), term.OneLine(text))
	})
	if hint := asTheService(s.State, f); hint != "" {
		fmt.Fprintln(out, hint)
	}
	if len(s.Backups) == 0 {
		fmt.Fprintln(out, "no backup: every snapshot is only in the state directory")
	}
	if unusable > 0 {
		return fmt.Errorf("%d of %s cannot be used", unusable, store.Count(places, "place", "places"))
	}
	return nil
}

// asTheService returns the command that makes the check as the user of the service, who owns the
// state directory. It returns "" unless root runs the check, because root may read and write more.
func asTheService(state string, f *flags) string {
	info, err := os.Stat(state)
	if err != nil || os.Geteuid() != 0 {
		return ""
	}
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok || sys.Uid == 0 {
		return ""
	}
	name := strconv.Itoa(int(sys.Uid))
	if owner, err := user.LookupId(name); err == nil {
		name = owner.Username
	}
	check := strings.Join(append([]string{"statsmirror", "check-config"}, f.PlaceArgs()...), " ")
	return fmt.Sprintf("this was checked as root; as the service's user: systemd-run -qP --uid=%s -p LoadCredential=backup:%s.backup %s",
		name, systemd.UnitOf(f.File), term.Printable(check))
}
