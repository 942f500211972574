package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// lsFlags are the flags of ls alone.
type lsFlags struct {
	recursive recursion
	asJSON    bool
	sort      string
	reverse   bool
	watch     bool
	interval  time.Duration
}

func newLsCommand(f *flags) *cobra.Command {
	var l lsFlags
	cmd := &cobra.Command{
		Use:   "ls [PATTERN...]",
		Short: "List every run",
		Long: "List every run, or those whose names match a pattern (quote it: 'setup03*'): its generation, how\n" +
			"far it is trained and validated, its last and its lowest loss, when its files last changed, and\n" +
			"how its copy in each backup is (current, behind, missing, damaged, unreadable, unreachable).\n" +
			"On the training host it also says which files are gone, unfinished, damaged or not a pickle.\n\n" +
			"On a terminal the rows are made to fit, and what is longer than the screen is shown by $PAGER.\n" +
			"Elsewhere they are whole, and times absolute. A loss is - where the snapshot does not tell it,\n" +
			"which one of a version before 0.2 does not.",
		Example: "  statsmirror ls --backup /mnt/backup\n" +
			"  statsmirror ls 'cells-*' --sort loss --backup /mnt/backup\n" +
			"  statsmirror ls --watch --sort changed --stats ./stats\n" +
			"  statsmirror ls --recursive --backup 's3://bucket/dacapo?endpoint=https://host'",
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := l.list(args)
			if err != nil {
				return err
			}
			list.locations, err = l.recursive.open(cmd.Context(), f)
			if err != nil {
				return err
			}
			if l.watch {
				return list.watch(cmd.Context(), cmd.OutOrStdout(), l.interval)
			}
			return list.print(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), l.asJSON)
		},
	}
	cmd.Flags().BoolVar(&l.asJSON, "json", false, "print a JSON list")
	cmd.Flags().StringVar(&l.sort, "sort", "run", "sort by `KEY`: run, changed (the newest first), trained (the furthest first), loss (the lowest last loss first)")
	cmd.Flags().BoolVar(&l.reverse, "reverse", false, "sort the other way round")
	cmd.Flags().BoolVar(&l.watch, "watch", false, "show the list until interrupted, as it changes; on a terminal only")
	cmd.Flags().DurationVar(&l.interval, "interval", 2*time.Second, "with --watch: how long to wait before the runs are looked at again")
	l.recursive.register(cmd.Flags())
	completeFlag(cmd, "sort", sortKeys()...)
	return cmd
}

// runList is what one call of the command lists.
type runList struct {
	locations []location
	wanted    patterns
	order     func(a, b runJSON) int
	reverse   bool
	located   bool // say where each run is
}

// list checks the flags.
func (l lsFlags) list(given []string) (*runList, error) {
	order, ok := orders[l.sort]
	switch {
	case !ok:
		return nil, usage.Errorf("--sort is %q%s", l.sort, usage.Suggestion(l.sort, sortKeys()))
	case l.watch && l.asJSON:
		return nil, usage.Errorf("give one of --watch and --json, not both")
	case l.interval <= 0:
		return nil, usage.Errorf("--interval is %v; it must be longer than nothing", l.interval)
	}
	wanted, err := newPatterns(given)
	return &runList{wanted: wanted, order: order, reverse: l.reverse, located: bool(l.recursive)}, err
}

// read returns the runs, in order. The errors in away are of places that do not answer.
func (l *runList) read(ctx context.Context) (runs []runJSON, away []error, err error) {
	runs, away, err = listRuns(ctx, l.locations, l.wanted)
	slices.SortStableFunc(runs, l.order)
	if l.reverse {
		slices.Reverse(runs)
	}
	return runs, away, err
}

func (l *runList) print(ctx context.Context, w, stderr io.Writer, asJSON bool) error {
	runs, away, err := l.read(ctx)
	if err != nil {
		return err
	}
	failure := cmp.Or(errors.Join(slices.DeleteFunc(slices.Clone(away), isAway)...), unread(runs))
	if len(runs) == 0 {
		failure = errors.Join(away...)
	}
	if len(runs) == 0 && failure != nil {
		return failure // not that there are no runs
	}
	if len(runs) == 0 && len(l.wanted) == 0 {
		fmt.Fprintln(stderr, "no runs")
	}
	s, onScreen := term.ScreenOf(w)
	switch {
	case asJSON:
		err = format.WriteJSON(w, runs)
	case onScreen && len(runs) > 0:
		err = term.WritePaged(ctx, w, l.lines(runs, s, time.Now()), holdOn(ctx))
	case !onScreen:
		err = writeRuns(w, runs, l.located)
	}
	return cmp.Or(err, l.wanted.unmatched(ctx, runs, archivesOf(l.locations)), failure)
}

// isAway reports whether an error says that a place does not answer. The table says so
// too; what may not be read is an error besides.
func isAway(err error) bool { return !errors.Is(err, fs.ErrPermission) }

// writeRuns writes the list for other programs: nothing of it is left out.
func writeRuns(w io.Writer, runs []runJSON, located bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if located {
		fmt.Fprint(t, "LOCATION\t")
	}
	fmt.Fprint(t, "RUN\tGENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tLAST LOSS\tBEST LOSS\tCHANGED\tCOPIES\n")
	for _, r := range runs {
		if located {
			fmt.Fprintf(t, "%s\t", term.Printable(cmp.Or(r.Location, ".")))
		}
		changed := r.Changed
		if r.GoneSince != "" {
			changed += ", gone since " + r.GoneSince
		}
		changed = cmp.Or(changed, unknown)
		for _, u := range r.Unusable {
			changed += ", " + u.Kind + " " + string(u.State)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", term.Printable(r.Run), r.number(r.Generation), r.number(r.TrainedUntil), r.number(r.ValidatedUntil),
			lossText(r.losses.Last), lossText(r.losses.Best), changed)
		var copies []string
		for _, c := range r.Backups {
			copies = append(copies, term.Printable(c.Backup)+": "+c.State)
		}
		fmt.Fprintln(t, strings.Join(copies, ", "))
	}
	return t.Flush()
}
