package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"statsmirror/mirror"
)

// restoreFlags are the flags of restore alone.
type restoreFlags struct {
	to         string
	inPlace    bool
	all        bool
	force      bool
	generation int64
}

func newRestoreCommand(f *flags) *cobra.Command {
	var r restoreFlags
	cmd := &cobra.Command{
		Use:   "restore RUN...|--all --to DIR|--in-place",
		Short: "Write DaCapo's files back",
		Long: "Write the files of runs as DaCapo reads them, from the catalog or a backup. A file that holds\n" +
			"more than the snapshot is not replaced unless --force is given.",
		Example: "  statsmirror restore cells --backup /mnt/backup --to ./stats\n" +
			"  statsmirror restore cells --stats /data/stats --in-place",
		RunE: func(cmd *cobra.Command, runs []string) error {
			target, err := r.target(f, runs)
			if err != nil {
				return err
			}
			archives, err := f.openArchives()
			if err != nil {
				return err
			}
			if r.all {
				if runs, err = unionOfRuns(cmd.Context(), archives); err != nil {
					return err
				}
			}
			return restoreRuns(cmd.Context(), cmd.OutOrStdout(), archives, runs, target, r)
		},
	}
	cmd.Flags().StringVar(&r.to, "to", "", "stats tree to write to; made if it is missing")
	cmd.Flags().BoolVar(&r.inPlace, "in-place", false, "write to the stats tree that is watched")
	cmd.Flags().BoolVar(&r.all, "all", false, "restore every run")
	cmd.Flags().BoolVar(&r.force, "force", false, "replace files that hold more than the snapshot, too")
	cmd.Flags().Int64Var(&r.generation, "generation", 0, "restore generation `N` (default the current one)")
	return cmd
}

// target checks the flags and returns the stats tree to write to.
func (r restoreFlags) target(f *flags, runs []string) (string, error) {
	switch {
	case r.all == (len(runs) > 0):
		return "", usageErrorf("name the runs to restore, RUN..., or give --all")
	case r.inPlace && r.to != "":
		return "", usageErrorf("give one of --to DIR and --in-place, not both")
	case !r.inPlace && r.to == "":
		return "", usageErrorf("say where to: --to DIR, or --in-place")
	case r.generation < 0:
		return "", usageErrorf("--generation is %d; generations begin with 1", r.generation)
	case r.to != "":
		return r.to, nil
	}
	config, err := f.load()
	if err != nil {
		return "", err
	}
	if config.Stats == "" {
		return "", &statusError{exitUsage, errNoStats}
	}
	return string(config.Stats), nil
}

// restoreRuns restores what can be restored and says of the rest why not.
func restoreRuns(ctx context.Context, w io.Writer, archives []archive, runs []string, target string, r restoreFlags) error {
	var failures []error
	for _, run := range runs {
		s, err := loadRun(ctx, archives, run, r.generation)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		files, err := mirror.Restore(ctx, target, s, r.force)
		for _, file := range files {
			fmt.Fprintln(w, describeRestored(file))
		}
		if err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// describeRestored says what became of one file.
func describeRestored(file mirror.Restored) string {
	verdict := "written, equal in rows to the file it came from"
	switch {
	case file.Unchanged:
		verdict = "left alone, it has these rows already"
	case file.Identical:
		verdict = "written, identical to the file it came from"
	}
	return fmt.Sprintf("%s: %d rows, %s", printable(file.Path), file.Rows, verdict)
}
