package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"statsmirror/mirror/backup/dir"
	"statsmirror/store"
)

func newCheckConfigCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "check-config",
		Short: "Check the configuration and that its places can be used",
		Long: "Check that the configuration has no error, the stats tree can be read, and the state directory\n" +
			"and each backup can be written; the last directory of their paths is made if need be. Exits 2 on a wrong configuration, 1 where a place cannot be used.",
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := newService(f, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return checkService(cmd, s)
		},
	}
}

// checkService prints a line for each place and reports whether all can be used.
func checkService(cmd *cobra.Command, s *service) error {
	unusable := 0
	report := func(what, place, verdict string, err error) {
		if err != nil {
			verdict = err.Error()
			unusable++
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", what, printable(place), verdict)
	}
	verdict, err := checkStats(s.tree())
	report("stats tree", s.stats, verdict, err)
	report("state directory", s.state, "ok", checkState(cmd.Context(), s.state))
	for _, b := range s.backups {
		report("backup", b.String(), "ok", b.Check(cmd.Context()))
	}
	if unusable > 0 {
		return fmt.Errorf("%d of %d places cannot be used", unusable, 2+len(s.backups))
	}
	return nil
}

// checkStats says what is in the stats tree, every file of which must be
// readable. One that is not there yet is no error: it may come later.
func checkStats(tree store.Tree) (string, error) {
	if _, err := os.Stat(tree.Dir); errors.Is(err, fs.ErrNotExist) {
		return "not there; it is watched as soon as it is made", nil
	}
	runs, err := tree.Runs()
	if err != nil {
		return "", fmt.Errorf("%w; let the user that runs statsmirror read it", err)
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
					return "", fmt.Errorf("read %s: %w; let the user that runs statsmirror read it, by its group say", printable(source.Path), err)
				}
			}
		}
	}
	return fmt.Sprintf("ok, %d runs", len(runs)), nil
}

// checkState checks that the state directory can be written. It is made if it
// is missing.
func checkState(ctx context.Context, state string) error {
	err := os.MkdirAll(state, 0o755)
	if err == nil {
		err = dir.New(state).Check(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w; let the user that runs statsmirror write it", err)
	}
	return nil
}
