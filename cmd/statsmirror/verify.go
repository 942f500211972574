package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/store"
)

func newVerifyCommand(f *flags) *cobra.Command {
	var asJSON, logs bool
	var recursive recursion
	cmd := &cobra.Command{
		Use:   "verify [RUN...]",
		Short: "Re-read and re-hash every snapshot, in catalog and backups",
		Long: "Re-read and re-hash the snapshots of all runs, or of the named ones, in the catalog and in each\n" +
			"backup, including ended generations. Exits 3 if any is damaged or missing, else 1 if a place or a\n" +
			"snapshot could not be read. With --log the result is an event of the log, and a finding counts only\n" +
			"if it is still there 30 seconds later, because a running service may be about to copy the file.",
		Example: "  statsmirror verify --backup /mnt/backup\n" +
			"  statsmirror verify cells --backup /mnt/backup",
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := newResultLog(cmd, f, logs, len(args)+len(f.Backups) == 0 && !bool(recursive))
			if err != nil {
				return err
			}
			began := time.Now()
			places, err := recursive.open(cmd.Context(), f)
			if err != nil {
				return err
			}
			selected, err := selectRuns(cmd.Context(), places, args)
			if err != nil {
				return exit.Worst([]error{err, log.take(verdictJSON{Away: []string{err.Error()}}, began)})
			}
			bar := term.NewProgress(cmd.ErrOrStderr(), store.CountRuns)
			found, err := verifyRuns(cmd.Context(), selected.Runs, bar.At)
			bar.End()
			if logs && err == nil && len(found) > 0 {
				found, err = verifyAgain(cmd.Context(), selected.Runs, found)
			}
			if err != nil {
				return fmt.Errorf("verify: %w; %s found damaged or missing by then", err, store.Count(len(found), "snapshot", "snapshots"))
			}
			verdict := verdictJSON{len(selected.Runs), len(archive.All(selected.Locations)), found, messages(selected.Away)}
			left := log.take(verdict, began)
			return exit.Worst(append(selected.Away, verdict.report(cmd.OutOrStdout(), asJSON), left))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.Flags().BoolVar(&logs, "log", false, "log the result as an event, for a timer")
	recursive.register(cmd.Flags())
	return cmd
}

// finding is a problem in an archive.
type finding struct {
	Place string `json:"place"` // "catalog", or the backup's location
	archive.Finding
}

// verdictJSON is the result of verify.
type verdictJSON struct {
	Runs     int       `json:"runs"`
	Places   int       `json:"places"` // catalog and backups
	Findings []finding `json:"findings"`
	Away     []string  `json:"away,omitempty"` // why places could not be read
}

func messages(all []error) []string {
	var texts []string
	for _, err := range all {
		texts = append(texts, err.Error())
	}
	return texts
}

// verifyRuns reads every snapshot of runs in every archive of their locations. A
// run must be in each of them.
func verifyRuns(ctx context.Context, runs []archive.Run, progress func(done, total int)) ([]finding, error) {
	found := make([][]finding, len(runs))
	err := archive.Each(ctx, len(runs), progress, func(i int) {
		for _, a := range runs[i].Archives {
			is := a.Verify(ctx, runs[i].Name)
			if ctx.Err() != nil { // then unread snapshots are not damaged
				return
			}
			for _, f := range is {
				f.Path = runs[i].Path(f.Path)
				found[i] = append(found[i], finding{a.Name(), f})
			}
		}
	})
	return append([]finding{}, slices.Concat(found...)...), err
}

// count returns how many snapshots are damaged or missing, and how many could not be read.
func (v verdictJSON) count() (bad, unread int) {
	for _, f := range v.Findings {
		if f.Unread {
			unread++
		}
	}
	return len(v.Findings) - unread, unread
}

// report prints the verdict. Its error says how much is damaged or missing, or could not
// be read.
func (v verdictJSON) report(w io.Writer, asJSON bool) error {
	bad, unread := v.count()
	if asJSON {
		if err := format.WriteJSON(w, v); err != nil {
			return err
		}
	} else {
		for _, f := range v.Findings {
			fmt.Fprintf(w, "%s: %s: %s\n", term.OneLine(f.Place), term.Printable(f.Path), term.OneLine(f.Problem))
		}
		fmt.Fprintf(w, "%s read in %s: %s damaged or missing", store.CountRuns(v.Runs), store.Count(v.Places, "place", "places"), store.Count(bad, "snapshot", "snapshots"))
		if unread > 0 {
			fmt.Fprintf(w, ", %d not readable", unread)
		}
		fmt.Fprintln(w)
	}
	switch {
	case bad > 0:
		return exit.Damagedf("%s damaged or missing; remove the damaged files from a backup, and the service copies them again", store.Count(bad, "snapshot", "snapshots"))
	case unread > 0:
		return fmt.Errorf("%s could not be read", store.Count(unread, "snapshot", "snapshots"))
	}
	return nil
}
