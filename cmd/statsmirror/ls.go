package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"statsmirror/mirror"
)

func newLsCommand(f *flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List every run",
		Long:  "List every run: its generation, how far it is trained and validated, when its files last\nchanged, and how its copy in each backup is (current, behind, missing, damaged, unreachable).",
		Args:  arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			archives, err := f.openArchives()
			if err != nil {
				return err
			}
			runs, err := listRuns(cmd.Context(), archives)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), runs)
			}
			if len(runs) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "no runs")
			}
			return writeRuns(cmd.OutOrStdout(), runs)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	return cmd
}

// runJSON is one line of the list of runs.
type runJSON struct {
	generationJSON
	GoneSince string     `json:"gone_since,omitempty"` // when its files were found to be away
	Backups   []copyJSON `json:"backups"`
}

// copyJSON says how one archive's copy of a run is.
type copyJSON struct {
	Backup string `json:"backup"`
	State  string `json:"state"`
}

// listRuns describes each run as the first archive that has it does, and
// compares the other archives with that. Archives that do not answer are told
// by their copies; that none answers is an error.
func listRuns(ctx context.Context, archives []archive) ([]runJSON, error) {
	names := map[string]bool{}
	var failures []error
	for _, a := range archives {
		runs, err := a.Runs(ctx)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", a.name, err))
		}
		for _, run := range runs {
			names[run] = true
		}
	}
	if len(failures) == len(archives) {
		return nil, errors.Join(failures...)
	}
	list := []runJSON{}
	for _, run := range slices.Sorted(maps.Keys(names)) {
		list = append(list, describe(ctx, archives, run))
	}
	return list, nil
}

func describe(ctx context.Context, archives []archive, run string) runJSON {
	var line runJSON
	line.Run = run
	for _, a := range archives {
		meta, err := a.Meta(ctx, run, 0)
		state := "current"
		switch {
		case mirror.IsDamaged(err):
			state = "damaged"
		case errors.Is(err, fs.ErrNotExist):
			state = "missing"
		case err != nil:
			state = "unreachable"
		case line.SHA256 == "":
			line.generationJSON = generationOf(meta, true)
			line.GoneSince = goneSince(ctx, a, run)
		case meta.Generation != line.Generation || meta.ContentSHA256 != line.SHA256:
			state = "behind"
		}
		line.Backups = append(line.Backups, copyJSON{a.name, state})
	}
	return line
}

// goneSince returns when the files of a run were found to be away, "" where
// they are not or an archive does not know.
func goneSince(ctx context.Context, a archive, run string) string {
	since, err := a.GoneSince(ctx, run)
	if err != nil || since.IsZero() {
		return ""
	}
	return timestamp(since.UnixNano())
}

func writeRuns(w io.Writer, runs []runJSON) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "RUN\tGENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tCHANGED\tCOPIES\n")
	for _, r := range runs {
		changed := r.Changed
		if r.GoneSince != "" {
			changed += ", gone since " + r.GoneSince
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t", printable(r.Run), r.Generation, r.TrainedUntil, r.ValidatedUntil, changed)
		for i, c := range r.Backups {
			if i > 0 {
				fmt.Fprint(t, ", ")
			}
			fmt.Fprintf(t, "%s: %s", c.Backup, c.State)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
