// Package page makes the page of the runs that are in some places: once, or again whenever they have
// changed. It reads the archives; mirror/report knows the page itself.
package page

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/report"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// Page is the page of the runs in some places.
type Page struct {
	Places list.Places
	Wanted list.Patterns
	File   string // its name
	Naming criteria.Naming
}

// Write reads all runs that it can, writes the page, and then reports failures.
func (p *Page) Write(ctx context.Context, out, stderr io.Writer) error {
	listed, away, err := p.Places.Read(ctx, p.Wanted)
	if err == nil {
		err = p.Wanted.Unmatched(ctx, listed, archive.All(p.Places.Locations))
	}
	if err != nil {
		return err
	}
	all := make([]reported, len(listed))
	limits := report.LimitsFor(len(listed))
	bar := term.NewProgress(stderr, store.CountRuns)
	err = archive.Each(ctx, len(listed), bar.At, func(i int) { all[i] = p.readRun(ctx, limits, listed[i]) })
	bar.End()
	if err != nil {
		return fmt.Errorf("%w; no page was written", err)
	}
	page, err := p.content(all)
	if err != nil {
		return fmt.Errorf("%w; no page was written", err)
	}
	if err := writeReport(p.File, page); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; the page is %s\n", howWhole(all), term.Printable(p.File))
	return exit.Worst(append(away, failuresOf(all)...))
}

// content returns what the page shows of the runs.
func (p *Page) content(all []reported) (report.Page, error) {
	page := report.Page{Title: "Runs", Made: time.Now().UnixMilli(), Places: p.places(), Runs: []report.Run{}}
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

// places returns the names of the places that are read.
func (p *Page) places() []string {
	var names []string
	for _, name := range p.Places.Names() {
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
