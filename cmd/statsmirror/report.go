package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/ending"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/page"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
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
			if every < time.Second {
				return usage.Errorf("--every is %v; it must be at least 1s", every)
			}
			p, err := newPage(f, args, output, bool(recursive))
			if err != nil {
				return err
			}
			if watch {
				now, err := recursive.openToWatch(f)
				if err != nil {
					return err
				}
				defer ending.Allow(cmd.Context(), 5*time.Second)() // for the page that is being written
				return p.Watch(cmd.Context(), now, every, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			if p.Places, err = recursive.open(cmd.Context(), f); err != nil {
				return err
			}
			return p.Write(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`file` to write, whose name ends in .html, or a directory for index.html")
	cmd.Flags().BoolVar(&watch, "watch", false, "write the page again when runs change, until interrupted; an open page follows")
	cmd.Flags().DurationVar(&every, "every", 30*time.Second, "with --watch: time between looks for changes, at least 1s")
	recursive.register(cmd.Flags())
	f.registerCriteria(cmd)
	return cmd
}

// newPage checks what the user gave. The places are not open yet.
func newPage(f *flags, args []string, output string, recursive bool) (p page.Page, err error) {
	if p.Wanted, err = list.NewPatterns(args); err != nil {
		return p, err
	}
	if p.File, err = pageFile(output); err != nil {
		return p, err
	}
	p.Naming, err = f.naming()
	if recursive { // a run of another host may have the same name
		p.Naming.Configs = ""
	}
	return p, err
}

// pageFile returns the name of the file to write. Its directory exists, or its name ended in a
// slash and it will be created.
func pageFile(output string) (string, error) {
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
