package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
)

// completionTime is how long a shell waits for a distant archive.
const completionTime = 3 * time.Second

// completeRuns completes the names of runs in the places that the flags name. It skips names that
// would not fit one line of a terminal.
func completeRuns(f *flags) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		here, ctx, cancel, err := openToComplete(cmd, f)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		defer cancel()
		return slices.DeleteFunc(here.List(ctx).Runs, func(run string) bool {
			return !strings.HasPrefix(run, begun) || slices.Contains(given, run) || term.Printable(run) != run
		}), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeRun completes the name of the one run that a command takes.
func completeRun(f *flags) cobra.CompletionFunc {
	all := completeRuns(f)
	return func(cmd *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return all(cmd, given, begun)
	}
}

// completeGenerations completes the flag --generation with the generations of the first run on the
// line.
func completeGenerations(f *flags, cmd *cobra.Command) {
	mustComplete(cmd, "generation", func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		here, ctx, cancel, err := openToComplete(cmd, f)
		if err != nil || len(given) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer cancel()
		generations, _ := here.History(ctx, given[0])
		var all []cobra.Completion
		for _, g := range generations {
			until := fmt.Sprintf("trained until %d", g.TrainedUntil)
			all = append(all, cobra.CompletionWithDesc(strconv.FormatInt(g.Generation, 10), until))
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	})
}

func openToComplete(cmd *cobra.Command, f *flags) (archive.Location, context.Context, context.CancelFunc, error) {
	here, err := f.open()
	if err != nil {
		return here.Location, nil, nil, err
	}
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	return here.Location, ctx, cancel, nil
}
