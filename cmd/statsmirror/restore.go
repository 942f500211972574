package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"statsmirror/mirror"
	"statsmirror/mirror/snapshot"
)

// restoreFlags are the flags of restore alone.
type restoreFlags struct {
	recursive  recursion
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
		Long: "Write the files of runs as DaCapo reads them, from the catalog or a backup, and read them back.\n" +
			"A file that holds more than the snapshot is not replaced unless --force is given; one that has\n" +
			"its rows already is left alone, so that a restore that was interrupted goes on when it is run\n" +
			"again. With --recursive each location goes to a directory of its own.",
		Example: "  statsmirror restore cells --backup /mnt/backup --to ./stats\n" +
			"  statsmirror restore cells --stats /data/stats --in-place\n" +
			"  statsmirror restore --all --backup 's3://bucket/dacapo/host1?endpoint=https://host' --to ./stats",
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, runs []string) error {
			target, err := r.target(f, runs)
			if err != nil {
				return err
			}
			locations, err := r.recursive.open(cmd.Context(), f)
			if err != nil {
				return err
			}
			found, err := r.find(cmd.Context(), locations, runs)
			if err != nil {
				return err
			}
			restoring := restoring{restoreFlags: r, target: target, runs: found, out: cmd.OutOrStdout()}
			return restoring.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	r.recursive.register(cmd.Flags())
	cmd.Flags().StringVar(&r.to, "to", "", "stats tree to write to; made if it is missing")
	cmd.Flags().BoolVar(&r.inPlace, "in-place", false, "write to the stats tree that is watched")
	cmd.Flags().BoolVar(&r.all, "all", false, "restore every run")
	cmd.Flags().BoolVar(&r.force, "force", false, "replace files that hold more than the snapshot, too")
	cmd.Flags().Int64Var(&r.generation, "generation", 0, "restore generation `N` (default the current one)")
	completeGenerations(f, cmd)
	return cmd
}

// target checks the flags and returns the stats tree to write to.
func (r restoreFlags) target(f *flags, runs []string) (string, error) {
	switch {
	case r.all == (len(runs) > 0):
		return "", usageErrorf("name the runs to restore, RUN..., or give --all")
	case r.inPlace && r.to != "":
		return "", usageErrorf("give one of --to DIR and --in-place, not both")
	case r.inPlace && bool(r.recursive):
		return "", usageErrorf("--recursive restores each location to a directory of its own: give --to DIR")
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

// find returns the runs to restore. Ones that are named need not be listed: to
// read them is enough.
func (r restoreFlags) find(ctx context.Context, locations []location, names []string) ([]located, error) {
	if r.all || bool(r.recursive) {
		return find(ctx, locations, names)
	}
	var runs []located
	for _, name := range names {
		runs = append(runs, located{&locations[0], name})
	}
	return runs, nil
}

// restoring is one call of the command.
type restoring struct {
	restoreFlags
	target string // stats tree
	runs   []located
	out    io.Writer
	brief  bool // say in a line what became of all

	mu       sync.Mutex
	written  int // runs
	alone    int // runs of which everything is there already
	failures []error
}

// run restores what can be restored, and says of the rest why not.
func (r *restoring) run(ctx context.Context, stderr io.Writer) error {
	progress := func(int, int) {}
	if r.all {
		progress = progressBar(stderr)
		r.brief = isTerminal(stderr) && isTerminal(r.out)
	}
	err := each(ctx, len(r.runs), progress, func(i int) {
		files, err := r.restore(ctx, r.runs[i])
		r.note(files, err)
	})
	if r.all {
		fmt.Fprintf(r.out, "%d runs: %d written and read back, %d left alone, which have these rows already, %d not restored\n",
			len(r.runs), r.written, r.alone, len(r.runs)-r.written-r.alone)
	}
	if err != nil {
		r.failures = append(r.failures, fmt.Errorf("restore: %w; run it again to go on", err))
	}
	return errors.Join(r.failures...)
}

func (r *restoring) restore(ctx context.Context, l located) ([]mirror.Restored, error) {
	target := filepath.Join(r.target, filepath.FromSlash(l.dir))
	there := mirror.RestoredBefore(ctx, target, l.run, func() (snapshot.Meta, error) {
		meta, failures := first(l.archives, func(a archive) (snapshot.Meta, error) { return a.Meta(ctx, l.run, r.generation) })
		return meta, errors.Join(failures...)
	})
	if len(there) > 0 {
		return there, nil
	}
	s, err := loadRun(ctx, l.archives, l.run, r.generation)
	if err != nil {
		return nil, err
	}
	return mirror.Restore(ctx, target, s, r.force)
}

// note prints what became of the files of a run.
func (r *restoring) note(files []mirror.Restored, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	written := false
	for _, file := range files {
		if !r.brief {
			fmt.Fprintln(r.out, describeRestored(file))
		}
		written = written || !file.Unchanged
	}
	switch {
	case err != nil:
		r.failures = append(r.failures, err)
	case written:
		r.written++
	default:
		r.alone++
	}
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
