package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror"
	"statsmirror/mirror/backup/dir"
	"statsmirror/store"
	"statsmirror/store/durable"
)

func newCheckConfigCommand(f *flags) *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "check-config",
		Short: "Check the configuration and that its places can be used",
		Long: "Check that the configuration has no error, the stats tree exists and can be read, and the state\n" +
			"directory and each backup can be written; the last directory of their paths is made if need be. Run it as\n" +
			"the user that runs the service. Exits 2 on a wrong configuration, 1 where a place cannot be used.",
		Example: "  sudo -u statsmirror statsmirror check-config",
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := newService(f, cmd.ErrOrStderr())
			if err != nil || offline {
				return err
			}
			return checkService(cmd, s)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "check the configuration alone, not the places that it names")
	return cmd
}

// checkService prints a line for each place and reports whether all can be used.
func checkService(cmd *cobra.Command, s *service) error {
	ctx, unusable := cmd.Context(), 0
	check := func(what, place string, do func(context.Context) (string, error)) {
		verdict, err := answered(ctx, do)
		if err != nil {
			verdict = err.Error() + remedy(err)
			unusable++
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", what, term.Printable(place), term.OneLine(verdict))
	}
	check("stats tree", s.Stats, func(context.Context) (string, error) { return checkStats(s.tree()) })
	check("state directory", s.State, func(ctx context.Context) (string, error) { return checkState(ctx, s.State) })
	for _, b := range s.Backups {
		check("backup", b.String(), func(ctx context.Context) (string, error) { return "ok", b.Check(ctx) })
	}
	if hint := asTheService(s.State, s.flags); hint != "" {
		fmt.Fprintln(cmd.OutOrStdout(), hint)
	}
	if len(s.Backups) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "no backup: every snapshot is in the state directory alone")
	}
	if unusable > 0 {
		return fmt.Errorf("%d of %d places cannot be used", unusable, 2+len(s.Backups))
	}
	return nil
}

// asTheService says how to check as the user of the service, to whom the state directory
// belongs. It returns "" unless root checks, who may read and write more.
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

// answered returns what do returns, or an error when it takes too long: a mount
// may hang.
func answered(ctx context.Context, do func(context.Context) (string, error)) (string, error) {
	const within = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type answer struct {
		verdict string
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		verdict, err := do(ctx)
		answers <- answer{verdict, err}
	}()
	select {
	case a := <-answers:
		return a.verdict, a.err
	case <-ctx.Done():
		return "", fmt.Errorf("no answer within %v; is it a mount that hangs?", within)
	}
}

// checkStats says how many runs the stats tree has. Every file in it must be
// readable. The service waits for a tree that is missing, but a wrong path looks the same.
func checkStats(tree store.Tree) (string, error) {
	switch entries, err := os.ReadDir(tree.Dir); {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("does not exist; correct the path, mount what belongs there, or wait for the first run: the service watches it as soon as it is made")
	case err != nil:
		return "", err
	case !slices.ContainsFunc(entries, isKind):
		return "", fmt.Errorf("has neither %s nor %s; give the directory that has, mount what belongs there, or wait for the first run: DaCapo makes them", store.Training, store.Validation)
	}
	runs, err := tree.Runs()
	if err != nil {
		return "", err
	}
	for _, run := range runs {
		for _, kind := range store.Kinds {
			sources, err := tree.Stat(run, kind)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return "", err
			}
			for _, source := range sources {
				if err := unix.Access(filepath.Join(tree.Dir, source.Path), unix.R_OK); err != nil {
					return "", fmt.Errorf("read %s: %w", term.Printable(source.Path), err)
				}
			}
		}
	}
	verdict := "ok, " + store.CountRuns(len(runs))
	if left, err := tree.LeftOut(); err == nil && len(left) > 0 {
		verdict += "; left out: " + strings.Join(left, ", ")
	}
	return verdict, nil
}

// checkState checks that the state directory can be written, and says whether a
// service has it in use. It is made if it is missing.
func checkState(ctx context.Context, state string) (string, error) {
	root, err := durable.OpenRoot(state)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := dir.New(state).Check(ctx); err != nil {
		return "", err
	}
	err = mirror.CheckLock(root)
	if locked, ok := errors.AsType[*mirror.LockedError](err); ok {
		return fmt.Sprintf("ok, and in use by %s; if that is not the service of this configuration, name another state directory", locked.By()), nil
	}
	return "ok", err
}
