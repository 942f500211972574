package list

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"statsmirror/cmd/statsmirror/internal/term"
)

// writeRuns writes the whole list for other programs.
func writeRuns(w io.Writer, runs []Run, located, scored bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if located {
		fmt.Fprint(t, "LOCATION\t")
	}
	fmt.Fprint(t, "RUN\tGENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tLAST LOSS\tBEST LOSS\t")
	if scored {
		fmt.Fprint(t, "BEST SCORE\t")
	}
	fmt.Fprint(t, "CHANGED\tCOPIES")
	hasProblem := slices.ContainsFunc(runs, func(r Run) bool { return len(r.problems()) > 0 })
	if hasProblem {
		fmt.Fprint(t, "\tPROBLEMS")
	}
	fmt.Fprintln(t)
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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t", term.Printable(r.Run), r.number(r.Number), r.number(r.TrainedUntil), r.number(r.ValidatedUntil),
			lossText(r.losses.Last), lossText(r.losses.Best))
		if scored {
			fmt.Fprintf(t, "%s\t", r.scoreText())
		}
		fmt.Fprintf(t, "%s\t", changed)
		var copies []string
		for _, c := range r.Backups {
			copies = append(copies, term.Printable(c.Backup)+": "+string(c.State))
		}
		fmt.Fprint(t, strings.Join(copies, ", "))
		if hasProblem {
			var texts []string
			for _, p := range r.problems() {
				texts = append(texts, p.text)
			}
			fmt.Fprintf(t, "\t%s", cmp.Or(strings.Join(texts, "; "), unknown))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
