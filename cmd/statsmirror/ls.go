package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/list"
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
			runs, err := l.list(cmd.Context(), args)
			if err != nil {
				return err
			}
			runs.Places, err = l.recursive.open(cmd.Context(), f)
			if err != nil {
				return err
			}
			if l.watch {
				return runs.Watch(cmd.Context(), cmd.OutOrStdout(), l.interval)
			}
			return runs.Print(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), l.asJSON)
		},
	}
	cmd.Flags().BoolVar(&l.asJSON, "json", false, "print a JSON list")
	cmd.Flags().StringVar(&l.sort, "sort", "run", "sort by `KEY`: run, changed (the newest first), trained (the furthest first), loss (the lowest last loss first)")
	cmd.Flags().BoolVar(&l.reverse, "reverse", false, "sort the other way round")
	cmd.Flags().BoolVar(&l.watch, "watch", false, "show the list until interrupted, as it changes; on a terminal only")
	cmd.Flags().DurationVar(&l.interval, "interval", 2*time.Second, "with --watch: how long to wait before the runs are looked at again")
	l.recursive.register(cmd.Flags())
	completeFlag(cmd, "sort", list.SortKeys()...)
	return cmd
}

// list checks the flags.
func (l lsFlags) list(ctx context.Context, given []string) (*list.List, error) {
	switch {
	case !slices.Contains(list.SortKeys(), l.sort):
		return nil, usage.Errorf("--sort is %q%s", l.sort, usage.Suggestion(l.sort, list.SortKeys()))
	case l.watch && l.asJSON:
		return nil, usage.Errorf("give one of --watch and --json, not both")
	case l.interval <= 0:
		return nil, usage.Errorf("--interval is %v; it must be longer than nothing", l.interval)
	}
	wanted, err := list.NewPatterns(given)
	return &list.List{Wanted: wanted, Sort: l.sort, Reverse: l.reverse, Located: bool(l.recursive), Hold: holdOn(ctx)}, err
}
