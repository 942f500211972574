package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/replica"
	"statsmirror/store"
)

func newPruneCommand(f *flags) *cobra.Command {
	var dryRun, yes bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove ended generations that retention does not keep",
		Long: "Remove the ended generations that keep_generations and keep_for do not keep, from the catalog and\n" +
			"every backup. The current generation of a run always stays. A running service does this by itself\n" +
			"if its configuration has these keys. Beside it, prune removes nothing, says what would be removed\n" +
			"and how to make the service do it, and exits 1. --dry-run only says what would be removed. Nothing\n" +
			"is removed if a backup held runs of another catalog before this one first wrote there: --dry-run\n" +
			"shows such runs.",
		Example: "  statsmirror prune --dry-run --keep-generations 3 --keep-for 90d --stats ./stats",
		Args:    usage.Arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dryRun {
				return f.printExpired(cmd)
			}
			return f.prune(cmd, yes)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be removed, and remove nothing")
	cmd.Flags().BoolVar(&yes, "yes", false, "also prune backups that held runs of another catalog before this one first wrote there")
	cmd.Flags().Uint32Var(&f.KeepGenerations, "keep-generations", 0, "keep the last `N` ended generations of each run (default as configured)")
	cmd.Flags().Var(&f.KeepFor, "keep-for", "keep those that ended less than `DURATION` ago, like 90d (default as configured)")
	return cmd
}

// checkRemoves returns an error if every generation is kept.
func checkRemoves(keep catalog.Retention) error {
	if keep == (catalog.Retention{}) {
		return &usage.Error{Err: errKeepsAll}
	}
	return nil
}

var errKeepsAll = errors.New("every generation is kept: give --keep-generations or --keep-for, or the keys keep_generations or keep_for in a configuration file")

func (f *flags) printExpired(cmd *cobra.Command) error {
	config, err := f.Load()
	if err != nil {
		return err
	}
	if err := checkRemoves(config.Retention()); err != nil {
		return err
	}
	state, err := config.StateDir()
	if err != nil {
		return err
	}
	expired, err := catalog.ExpiredIn(state, config.Retention())
	if err != nil {
		return err
	}
	backups, err := config.OpenBackups()
	if err != nil {
		return err
	}
	adoptions, err := replica.Adoptions(cmd.Context(), state, backups, config.Retention())
	writeAdoptions(cmd.OutOrStdout(), adoptions)
	return errors.Join(writeExpired(cmd.OutOrStdout(), "would be removed", expired), err)
}

func writeAdoptions(w io.Writer, all []replica.Adoption) {
	for _, a := range all {
		if a.Spared {
			if len(a.Expired) > 0 {
				fmt.Fprintf(w, "%s: with --yes, %s would be removed from %s, which held runs of another catalog before this one first wrote there\n",
					term.Printable(a.Run), numbered(a.Expired), term.OneLine(a.Backup))
			}
			continue
		}
		fmt.Fprintf(w, "%s: with --yes, the current generation and %s would be adopted from %s, to which this catalog has never written",
			term.Printable(a.Run), store.Count(a.Ended, "ended one", "ended ones"), term.OneLine(a.Backup))
		if len(a.Expired) > 0 {
			fmt.Fprintf(w, ", and %s removed there", numbered(a.Expired))
		}
		fmt.Fprintln(w)
	}
}

func (f *flags) prune(cmd *cobra.Command, yes bool) error {
	defer journal.Outlive()()
	s, err := service.New(serviceOptions(cmd.Context(), f, cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	if err := checkRemoves(s.Retention()); err != nil {
		return err
	}
	var expired []catalog.Expired
	err = s.Once(func(m *mirror.Mirror) (err error) {
		expired, err = m.Prune(cmd.Context(), yes)
		return err
	})
	if locked, ok := errors.AsType[*catalog.LockedError](err); ok {
		return errors.Join(f.besideService(cmd, locked), f.printExpired(cmd))
	}
	return errors.Join(writeExpired(cmd.OutOrStdout(), "removed", expired), err)
}

// besideService says how to make a running service remove what prune may not remove beside it.
func (f *flags) besideService(cmd *cobra.Command, locked *catalog.LockedError) error {
	config, err := f.Load()
	if err != nil {
		return err
	}
	reload := fmt.Sprintf("\"systemctl reload %s\"", systemd.UnitOf(f.File))
	var keys []string
	if cmd.Flags().Changed("keep-generations") {
		keys = append(keys, fmt.Sprintf("keep_generations: %d", config.KeepGenerations))
	}
	if cmd.Flags().Changed("keep-for") {
		keys = append(keys, fmt.Sprintf("keep_for: %v", config.KeepFor.String()))
	}
	advice := fmt.Sprintf("The service of this configuration removes them by itself, one rescan_interval after it started or was reloaded. "+
		"It reads changed keys with %s", reload)
	if len(keys) > 0 {
		advice = fmt.Sprintf("To have the service remove them, set %s in its configuration, and reload it: %s", strings.Join(keys, " and "), reload)
	}
	return fmt.Errorf("nothing was removed, because %s uses the catalog %s. %s", locked.By(), locked.Dir, advice)
}

func writeExpired(w io.Writer, verdict string, all []catalog.Expired) error {
	type generation struct {
		run    string
		number int64
	}
	total, runs := map[generation]bool{}, map[string]bool{}
	for _, e := range all {
		runs[e.Run] = true
		for _, g := range e.Generations {
			total[generation{e.Run, g}] = true
		}
		fmt.Fprintf(w, "%s: %s %s from %s\n", term.Printable(e.Run), numbered(e.Generations), verdict, term.OneLine(cmp.Or(e.Backup, "catalog")))
	}
	_, err := fmt.Fprintf(w, "%s of %s %s\n", store.Count(len(total), "ended generation", "ended generations"), store.CountRuns(len(runs)), verdict)
	return err
}

// numbered names generations; there must be at least one.
func numbered(generations []int64) string {
	first, last := slices.Min(generations), slices.Max(generations)
	if first == last {
		return fmt.Sprintf("generation %d", first)
	}
	return fmt.Sprintf("generations %d to %d", first, last)
}
