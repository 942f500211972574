package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/restore"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// restoreFlags are the flags of restore only.
type restoreFlags struct {
	recursive  recursion
	to         string
	inPlace    bool
	all        bool
	force      bool
	yes        bool
	dryRun     bool
	generation int64
}

func newRestoreCommand(f *flags) *cobra.Command {
	var r restoreFlags
	cmd := &cobra.Command{
		Use:   "restore RUN...|--all --to DIR|--in-place",
		Short: "Write DaCapo's files back",
		Long: "Write the files of runs as DaCapo reads them, from the catalog or a backup, and read them back.\n" +
			"Without --force, restore does not replace a file that holds more than the snapshot, that a trainer\n" +
			"may be writing, or that is not a pickle. If a program writes a file while it is replaced, restore\n" +
			"puts the file back and exits 1. A file that already has its rows is left alone, so an interrupted\n" +
			"restore continues if you run it again. On a terminal, restore asks before it replaces files,\n" +
			"unless you give --yes or --force. With --recursive, each location goes to its own directory.",
		Example: "  statsmirror restore cells --backup /mnt/backup --to ./stats\n" +
			"  statsmirror restore cells --in-place\n" +
			"  statsmirror restore --all --backup 's3://bucket/dacapo/host1?endpoint=https://host' --to ./stats",
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, runs []string) error {
			target, err := r.target(f, runs)
			if err != nil {
				return err
			}
			places, err := r.recursive.open(cmd.Context(), f)
			if err != nil {
				return err
			}
			found, away, err := r.find(cmd.Context(), places, runs)
			if err != nil {
				return err
			}
			config, err := f.Load()
			if err != nil {
				return err
			}
			restoring := restoring{restoreFlags: r, config: config, target: target, runs: found, out: cmd.OutOrStdout(), failures: away}
			if r.dryRun {
				return restoring.printPlans(cmd.Context(), cmd.ErrOrStderr())
			}
			if !r.yes && !r.force && term.IsTerminal(cmd.InOrStdin()) && term.IsTerminal(cmd.ErrOrStderr()) {
				if err := restoring.confirm(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr()); err != nil {
					return err
				}
			}
			return restoring.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	r.recursive.register(cmd.Flags())
	cmd.Flags().StringVar(&r.to, "to", "", "stats tree to write to; created if it is missing")
	cmd.Flags().BoolVar(&r.inPlace, "in-place", false, "write to the watched stats tree")
	cmd.Flags().BoolVar(&r.all, "all", false, "restore every run")
	cmd.Flags().BoolVar(&r.force, "force", false, "also replace files that hold more than the snapshot, that a trainer may be writing, or that are not pickles")
	cmd.Flags().BoolVar(&r.yes, "yes", false, "do not ask before files are replaced")
	cmd.Flags().BoolVar(&r.dryRun, "dry-run", false, "say what would be done, and write nothing")
	cmd.Flags().Int64Var(&r.generation, "generation", 0, "restore generation `N` (default the current one)")
	completeGenerations(f, cmd)
	return cmd
}

// target checks the flags and returns the stats tree to write to.
func (r restoreFlags) target(f *flags, runs []string) (string, error) {
	switch {
	case r.all == (len(runs) > 0):
		return "", usage.Errorf("name the runs to restore, RUN..., or give --all")
	case r.inPlace && r.to != "":
		return "", usage.Errorf("give --to DIR or --in-place, not both")
	case r.inPlace && bool(r.recursive):
		return "", usage.Errorf("--recursive restores each location to a directory of its own: give --to DIR")
	case !r.inPlace && r.to == "":
		return "", usage.Errorf("choose where to restore: --to DIR, or --in-place")
	case r.generation < 0:
		return "", usage.Errorf("--generation is %d; generations begin with 1", r.generation)
	case r.to != "":
		return r.to, nil
	}
	config, err := f.Load()
	if err != nil {
		return "", err
	}
	return config.StatsTree()
}

// find returns the runs to restore, and why places could not be read. Named runs need not be
// listed; being able to read them is enough.
func (r restoreFlags) find(ctx context.Context, places list.Places, names []string) (runs []archive.Run, away []error, err error) {
	if r.all || bool(r.recursive) {
		s, err := selectRuns(ctx, places, names)
		return s.Runs, s.Away, err
	}
	for _, name := range names {
		runs = append(runs, archive.Run{Location: places.Locations[0], Name: name})
	}
	return runs, nil, nil
}

// restoring is one call of the command.
type restoring struct {
	restoreFlags
	config config.Config
	target string // stats tree
	runs   []archive.Run
	out    io.Writer
	brief  bool // report all runs in one line

	mu       sync.Mutex
	written  int     // runs
	alone    int     // runs whose rows are all in place already
	failures []error // to begin with, of places that could not be read
}

// run restores what it can, and reports why the rest failed.
func (r *restoring) run(ctx context.Context, stderr io.Writer) error {
	bar := term.NewProgress(stderr, store.CountRuns)
	report := func(int, int) {}
	if len(r.runs) > 1 {
		report = bar.At
		r.brief = term.IsTerminal(stderr) && term.IsTerminal(r.out)
	}
	trees := map[string]bool{}
	for _, l := range r.runs {
		if tree := r.treeOf(l); !trees[tree] {
			trees[tree] = true
			_ = store.RemoveLeft(tree) // files that stay do no harm
		}
	}
	err := archive.Each(ctx, len(r.runs), report, func(i int) {
		files, err := r.restore(ctx, r.runs[i])
		r.note(files, err)
	})
	bar.End()
	if len(r.runs) > 1 || r.all {
		fmt.Fprintf(r.out, "%s: %d written and read back, %d left alone with these rows in place already, %d not restored\n",
			store.CountRuns(len(r.runs)), r.written, r.alone, len(r.runs)-r.written-r.alone)
	}
	if err != nil {
		r.failures = append(r.failures, fmt.Errorf("restore: %w; run it again to continue", err))
	}
	return errors.Join(r.failures...)
}

func (r *restoring) restore(ctx context.Context, l archive.Run) ([]restore.File, error) {
	if there := r.before(ctx, l); len(there) > 0 {
		return there, nil
	}
	s, err := loadRun(ctx, l.Location, l.Name, r.generation)
	if err != nil {
		return nil, err
	}
	return restore.Write(ctx, r.treeOf(l), s, r.options())
}

func (r *restoring) options() restore.Options {
	return restore.Options{Force: r.force, Quiet: time.Duration(r.config.QuietPeriod), DamagedAfter: time.Duration(r.config.DamagedAfter)}
}

// plan returns what restore would do with a run.
func (r *restoring) plan(ctx context.Context, l archive.Run) ([]restore.File, error) {
	if there := r.before(ctx, l); len(there) > 0 {
		return there, nil
	}
	s, err := loadRun(ctx, l.Location, l.Name, r.generation)
	if err != nil {
		return nil, err
	}
	return restore.Plan(ctx, r.treeOf(l), s, r.options())
}

// treeOf returns the stats tree for a run.
func (r *restoring) treeOf(l archive.Run) string {
	return filepath.Join(r.target, filepath.FromSlash(l.Dir))
}

// before describes the files of a run if they already hold all of it.
func (r *restoring) before(ctx context.Context, l archive.Run) []restore.File {
	return restore.AlreadyThere(ctx, r.treeOf(l), l.Name, func() (snapshot.Meta, error) {
		return l.Meta(ctx, l.Name, r.generation)
	})
}

// note prints the result for the files of a run.
func (r *restoring) note(files []restore.File, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	written := false
	for _, file := range files {
		if !r.brief || len(file.Lost) > 0 {
			fmt.Fprintln(r.out, describeRestored(r.out, file))
		}
		written = written || !file.Unchanged
	}
	switch {
	case errors.Is(err, context.Canceled): // it is reported once
	case err != nil:
		r.failures = append(r.failures, err)
	case written:
		r.written++
	default:
		r.alone++
	}
}

// describeRestored describes the result for one file to the reader of w, with the proof.
func describeRestored(w io.Writer, file restore.File) string {
	verdict := "written, " + proof(w, file)
	if file.Unchanged {
		verdict = "left alone, it has these rows already, " + proof(w, file)
	}
	if len(file.Lost) > 0 {
		verdict += "; the file could not keep its " + strings.Join(file.Lost, ", ")
	}
	return fmt.Sprintf("%s: %s, %s", term.Printable(file.Path), store.Count(file.Rows, "row", "rows"), verdict)
}

// proof says how restore knows that the file is the right one.
func proof(w io.Writer, file restore.File) string {
	if file.Identical {
		return fmt.Sprintf("identical to the file of %s, sha256 %s", term.TimeFor(w, file.Written), term.Printable(file.SHA256))
	}
	return fmt.Sprintf("equal in rows to generation %d, content sha256 %s", file.Generation, term.Printable(file.ContentSHA256))
}
