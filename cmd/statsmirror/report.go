package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/report"
	"statsmirror/store"
	"statsmirror/store/durable"
)

func newReportCommand(f *flags) *cobra.Command {
	var output string
	var recursive recursion
	var watch bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "report -o DIR|FILE.html [PATTERN...]",
		Short: "Write a page of all runs, for a browser",
		Long: "Write one HTML file that shows every run, or those whose names match a pattern: a table to search\n" +
			"and sort, curves of chosen runs and generations over each other, and for each run its loss, its\n" +
			"validation scores, its history and the result of verifying its bytes. The file needs no server\n" +
			"and no network: open it, mail it, keep it.\n\n" +
			"Every generation is read and verified. The page shows which parts are damaged or cannot be read.\n" +
			"It is written all the same; then the exit status is 3, or 1 if nothing is damaged.\n\n" +
			"A page of up to 60 runs has every row of losses of up to 10,000 rows. With more runs or rows, a\n" +
			"point of a loss stands for several rows, and has their mean, lowest and highest loss. The page\n" +
			"says so. Scores are taken over all post-processing parameters. The stats files do not say whether\n" +
			"the lowest or the highest is the best: --criteria does, and the page lets you choose.\n\n" +
			"With --watch the page is written again, whole, when runs have changed. Only runs whose files have\n" +
			"changed are read again. An open page loads the new one, and shows the same part of it: from a web\n" +
			"server when a HEAD request, the page's only one, finds a new version; from a file every time. It\n" +
			"waits while you drag, scroll or type. A place that goes away, or a page that cannot be written, is\n" +
			"reported once and tried again. SIGINT and SIGTERM end it, with the exit status 0.",
		Example: "  statsmirror report --backup /mnt/backup -o runs.html\n" +
			"  statsmirror report 'cells-*' --backup /mnt/backup -o ./\n" +
			"  statsmirror report --watch --backup /mnt/backup -o runs.html",
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("every") && !watch {
				return usage.Errorf("--every is for --watch")
			}
			r, err := newReporting(f, args, output, bool(recursive))
			if err != nil {
				return err
			}
			if watch {
				return r.watch(cmd, f, recursive, every)
			}
			if r.places, err = recursive.open(cmd.Context(), f); err != nil {
				return err
			}
			return r.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`file` to write, whose name ends in .html, or a directory for index.html")
	cmd.Flags().BoolVar(&watch, "watch", false, "write the page again when runs change, until interrupted; an open page follows")
	cmd.Flags().DurationVar(&every, "every", 30*time.Second, "with --watch: time between looks for changes, at least 1s")
	recursive.register(cmd.Flags())
	f.registerCriteria(cmd)
	return cmd
}

// newReporting checks what the user gave. The places are not open yet.
func newReporting(f *flags, args []string, output string, recursive bool) (r reporting, err error) {
	if r.wanted, err = list.NewPatterns(args); err != nil {
		return r, err
	}
	if r.name, err = reportFile(output); err != nil {
		return r, err
	}
	r.naming, err = f.naming()
	if recursive { // a run of another host may have the same name
		r.naming.Configs = ""
	}
	return r, err
}

// reportFile returns the name of the file to write. Its directory exists, or its name ended in a
// slash and it will be created.
func reportFile(output string) (string, error) {
	if output == "" {
		return "", usage.Errorf("choose where to write the page: -o FILE.html, or -o DIR for DIR/index.html")
	}
	info, err := os.Stat(output)
	isNew := strings.HasSuffix(output, "/")
	if err == nil && info.IsDir() || isNew {
		output = filepath.Join(output, "index.html")
		info, err = os.Stat(output)
	}
	switch {
	case err == nil && !info.Mode().IsRegular():
		return "", usage.Errorf("%s is neither a file nor a directory", term.Printable(output))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("write report: %w", err)
	case filepath.Ext(output) != ".html" && filepath.Ext(output) != ".htm":
		return "", usage.Errorf("%s does not end in .html; end the name of a new directory with a slash", term.Printable(output))
	}
	if dir := filepath.Dir(output); !isNew {
		if _, err := os.Stat(dir); err != nil {
			return "", fmt.Errorf("write report: %w; name a directory that exists", err)
		}
	}
	return output, nil
}

// reporting is one call of the command.
type reporting struct {
	places list.Places
	wanted list.Patterns
	name   string // of the file
	naming criteria.Naming
}

// run reads all runs that it can, writes the page, and then reports failures.
func (r *reporting) run(ctx context.Context, out, stderr io.Writer) error {
	listed, away, err := r.places.Read(ctx, r.wanted)
	if err == nil {
		err = r.wanted.Unmatched(ctx, listed, archive.All(r.places.Locations))
	}
	if err != nil {
		return err
	}
	all := make([]reported, len(listed))
	limits := report.LimitsFor(len(listed))
	bar := term.NewProgress(stderr, store.CountRuns)
	err = archive.Each(ctx, len(listed), bar.At, func(i int) { all[i] = r.reportRun(ctx, limits, listed[i]) })
	bar.End()
	if err != nil {
		return fmt.Errorf("%w; no page was written", err)
	}
	page, err := r.page(all)
	if err != nil {
		return fmt.Errorf("%w; no page was written", err)
	}
	if err := writeReport(r.name, page); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; the page is %s\n", howWhole(all), term.Printable(r.name))
	return worst(append(away, failuresOf(all)...))
}

// page returns the page of the runs.
func (r *reporting) page(all []reported) (report.Page, error) {
	page := report.Page{Title: "Runs", Made: time.Now().UnixMilli(), Places: r.names(), Runs: []report.Run{}}
	for _, is := range all {
		page.Runs = append(page.Runs, is.run)
	}
	return page, nameCriteria(&page, all)
}

// howWhole says how many of the runs are whole.
func howWhole(all []reported) string {
	are := "are"
	if len(all) == 1 {
		are = "is"
	}
	return fmt.Sprintf("%d of %s %s whole", len(all)-len(failuresOf(all)), store.CountRuns(len(all)), are)
}

func failuresOf(all []reported) (failures []error) {
	for _, is := range all {
		if is.failure != nil {
			failures = append(failures, is.failure)
		}
	}
	return failures
}

// names returns the names of the places that are read.
func (r *reporting) names() []string {
	var names []string
	for _, name := range r.places.Names() {
		names = append(names, term.Printable(name))
	}
	return names
}

// writeReport replaces a file with the page once that is whole.
func writeReport(name string, page report.Page) error {
	root, err := durable.OpenRoot(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	defer root.Close()
	return durable.WriteFile(root, filepath.Base(name), func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 1<<16)
		return cmp.Or(report.Write(buffered, page), buffered.Flush())
	})
}
