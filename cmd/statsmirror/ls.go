package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"statsmirror/mirror"
)

func newLsCommand(f *flags) *cobra.Command {
	var asJSON bool
	var recursive recursion
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List every run",
		Long:  "List every run: its generation, how far it is trained and validated, when its files last\nchanged, and how its copy in each backup is (current, behind, missing, damaged, unreachable).",
		Example: "  statsmirror ls --backup /mnt/backup\n" +
			"  statsmirror ls --recursive --backup 's3://bucket/dacapo?endpoint=https://host'",
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			locations, err := recursive.open(cmd.Context(), f)
			if err != nil {
				return err
			}
			runs, err := listRuns(cmd.Context(), locations)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), runs)
			}
			if len(runs) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "no runs")
			}
			return writeRuns(cmd.OutOrStdout(), runs, bool(recursive))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	recursive.register(cmd.Flags())
	return cmd
}

// runJSON is one line of the list of runs.
type runJSON struct {
	Location string `json:"location,omitempty"` // below the backup
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
// by their copies; that none of a location answers is an error.
func listRuns(ctx context.Context, locations []location) ([]runJSON, error) {
	var all []located
	for i := range locations {
		l := &locations[i]
		runs, failures := l.list(ctx)
		if len(failures) == len(l.archives) {
			return nil, errors.Join(failures...)
		}
		l.askGone(ctx)
		for _, run := range runs {
			all = append(all, located{l, run})
		}
	}
	list := make([]runJSON, len(all))
	err := each(ctx, len(all), func(int, int) {}, func(i int) { list[i] = all[i].describe(ctx) })
	return list, err
}

func (l located) describe(ctx context.Context) runJSON {
	line := runJSON{Location: l.dir}
	line.Run = l.run
	for _, a := range l.archives {
		state := "unreachable"
		if !a.unreachable {
			state = line.compare(ctx, a)
		}
		line.Backups = append(line.Backups, copyJSON{a.name, state})
	}
	return line
}

// compare returns how an archive's copy is, compared with the one that the line
// describes. The first describes it.
func (line *runJSON) compare(ctx context.Context, a archive) (state string) {
	meta, err := a.Meta(ctx, line.Run, 0)
	switch {
	case mirror.IsDamaged(err):
		return "damaged"
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	case err != nil:
		return "unreachable"
	case line.SHA256 == "":
		line.generationJSON = generationOf(meta, true)
		if since, gone := a.gone[line.Run]; gone {
			line.GoneSince = timestamp(since.UnixNano())
		}
	case meta.Generation != line.Generation || meta.ContentSHA256 != line.SHA256:
		return "behind"
	}
	return "current"
}

func writeRuns(w io.Writer, runs []runJSON, located bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if located {
		fmt.Fprint(t, "LOCATION\t")
	}
	fmt.Fprint(t, "RUN\tGENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tCHANGED\tCOPIES\n")
	for _, r := range runs {
		if located {
			fmt.Fprintf(t, "%s\t", printable(cmp.Or(r.Location, ".")))
		}
		changed := r.Changed
		if r.GoneSince != "" {
			changed += ", gone since " + r.GoneSince
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t", printable(r.Run), r.Generation, r.TrainedUntil, r.ValidatedUntil, changed)
		for i, c := range r.Backups {
			if i > 0 {
				fmt.Fprint(t, ", ")
			}
			fmt.Fprintf(t, "%s: %s", printable(c.Backup), c.State)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
