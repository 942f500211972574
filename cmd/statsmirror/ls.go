package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/ending"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// lsFlags are the flags of ls only.
type lsFlags struct {
	recursive recursion
	asJSON    bool
	sort      string
	reverse   bool
	watch     bool
	interval  time.Duration
	scores    list.Scores
}

func newLsCommand(f *flags) *cobra.Command {
	var l lsFlags
	cmd := &cobra.Command{
		Use:   "ls [PATTERN...]",
		Short: "List every run",
		Long: "List every run, or those whose names match a pattern (quote it: 'setup03*'). For each: its\n" +
			"generation, how far it is trained and validated, its last and its lowest loss, when its files last\n" +
			"changed, and the state of its copy in each backup (current, behind, missing, damaged, unreadable,\n" +
			"unreachable). On the training host it also says which files are gone, unfinished, damaged or not\n" +
			"a pickle. Below a run it says why its file or its copy cannot be used.\n\n" +
			"On a terminal the rows fit the screen, and $PAGER shows a list that is longer than it. Elsewhere\n" +
			"rows are complete and times absolute. A loss is - if the snapshot does not have it, as in versions\n" +
			"before 0.2.\n\n" +
			"--criterion adds the best score of that criterion. It reads every run with scores, where the other\n" +
			"columns need only the end of each snapshot.",
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
			if runs.Scores, err = l.scoresOf(cmd, f); err != nil {
				return err
			}
			if l.watch {
				return runs.Watch(cmd.Context(), cmd.OutOrStdout(), l.interval)
			}
			return runs.Print(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), l.asJSON)
		},
	}
	cmd.Flags().BoolVar(&l.asJSON, "json", false, "print a JSON list")
	cmd.Flags().StringVar(&l.sort, "sort", "run", "sort by `KEY`: run, changed (the newest first), trained (the furthest first), loss (the lowest last loss first), best (the best score first)")
	cmd.Flags().BoolVar(&l.reverse, "reverse", false, "sort the other way round")
	cmd.Flags().BoolVar(&l.watch, "watch", false, "show the list as it changes, until interrupted; only on a terminal")
	cmd.Flags().DurationVar(&l.interval, "interval", 2*time.Second, "with --watch: time between updates")
	cmd.Flags().StringVar(&l.scores.Criterion, "criterion", "0", "show the best score of criterion `N`, counted from 0 or named by --criteria")
	cmd.Flags().IntVar(&l.scores.Dataset, "dataset", 0, "with --criterion: of dataset `N`, counted from 0")
	cmd.Flags().StringVar(&l.scores.Best, "best", "", "with --criterion: which score is the best, `max|min` (default the direction of the criterion)")
	cmd.Flags().Lookup("criterion").DefValue = "" // without the flag, ls shows no score
	completeFlag(cmd, "best", criteria.Max, criteria.Min)
	f.registerCriteria(cmd)
	l.recursive.register(cmd.Flags())
	completeFlag(cmd, "sort", list.SortKeys()...)
	return cmd
}

// list checks the flags.
func (l *lsFlags) list(ctx context.Context, given []string) (*list.List, error) {
	switch {
	case !slices.Contains(list.SortKeys(), l.sort):
		return nil, usage.Errorf("--sort is %q%s", l.sort, usage.Suggestion(l.sort, list.SortKeys()))
	case l.watch && l.asJSON:
		return nil, usage.Errorf("give --watch or --json, not both")
	case l.interval <= 0:
		return nil, usage.Errorf("--interval is %v; it must be positive", l.interval)
	}
	wanted, err := list.NewPatterns(given)
	return &list.List{Wanted: wanted, Sort: l.sort, Reverse: l.reverse, Located: bool(l.recursive), Hold: ending.HoldOn(ctx)}, err
}

// scoresOf returns the scores to show; nil if no flag asks for them.
func (l *lsFlags) scoresOf(cmd *cobra.Command, f *flags) (*list.Scores, error) {
	asked := func(name string) bool { return cmd.Flags().Changed(name) }
	if l.sort != "best" && !slices.ContainsFunc([]string{"criterion", "dataset", "best", "criteria"}, asked) {
		return nil, nil
	}
	switch {
	case l.scores.Best != "" && l.scores.Best != criteria.Max && l.scores.Best != criteria.Min:
		return nil, usage.Errorf("--best is %q; it must be max or min", l.scores.Best)
	case l.scores.Dataset < 0:
		return nil, usage.Errorf("--dataset is %d; datasets are counted from 0", l.scores.Dataset)
	}
	naming, err := f.naming()
	if l.recursive { // a run of another host may have the same name
		naming.Configs = ""
	}
	l.scores.Naming = naming
	return &l.scores, err
}
