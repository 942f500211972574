package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"statsmirror/mirror"
)

func newVerifyCommand(f *flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [RUN...]",
		Short: "Re-read and re-hash every snapshot, in catalog and backups",
		Long: "Re-read and re-hash the snapshots of all runs or of those named, ended generations too, in\n" +
			"the catalog and in each backup. Exits 3 where anything is damaged or missing.",
		RunE: func(cmd *cobra.Command, args []string) error {
			archives, err := f.openArchives()
			if err != nil {
				return err
			}
			all, err := unionOfRuns(cmd.Context(), archives)
			if err != nil {
				return err
			}
			runs := args
			if len(runs) == 0 {
				runs = all
			}
			for _, run := range runs {
				if !slices.Contains(all, run) {
					return notThere(run, 0, archives)
				}
			}
			found := verifyRuns(cmd.Context(), archives, runs)
			return reportFindings(cmd.OutOrStdout(), found, len(runs), len(archives), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// finding is something wrong in an archive.
type finding struct {
	Place string `json:"place"` // "catalog", or the backup's location
	mirror.Finding
}

// verdictJSON is what verify found out.
type verdictJSON struct {
	Runs     int       `json:"runs"`
	Places   int       `json:"places"` // catalog and backups
	Findings []finding `json:"findings"`
}

// unionOfRuns returns the runs of all archives, each of which must answer.
func unionOfRuns(ctx context.Context, archives []archive) ([]string, error) {
	all := map[string]bool{}
	for _, a := range archives {
		runs, err := a.Runs(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		for _, run := range runs {
			all[run] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

// verifyRuns reads every snapshot of runs in every archive. A run must be in
// each of them.
func verifyRuns(ctx context.Context, archives []archive, runs []string) []finding {
	found := []finding{}
	for _, run := range runs {
		for _, a := range archives {
			for _, f := range a.Verify(ctx, run) {
				found = append(found, finding{a.name, f})
			}
		}
	}
	return found
}

func reportFindings(w io.Writer, found []finding, runs, places int, asJSON bool) error {
	if asJSON {
		if err := writeJSON(w, verdictJSON{runs, places, found}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Fprintf(w, "%s: %s: %s\n", f.Place, printable(f.Path), f.Problem)
		}
		fmt.Fprintf(w, "%d runs read in %d places: %d snapshots damaged or missing\n", runs, places, len(found))
	}
	if len(found) > 0 {
		return damagedErrorf("%d snapshots are damaged or missing; what is removed from a backup, the service copies there anew", len(found))
	}
	return nil
}
