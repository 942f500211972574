package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/restore"
	"statsmirror/store"
)

// printPlans prints what run would do with each file. It writes no file.
func (r *restoring) printPlans(ctx context.Context, stderr io.Writer) error {
	plans, err := r.plans(ctx, r.runs, stderr)
	for _, files := range plans {
		for _, file := range files {
			fmt.Fprintln(r.out, describePlanned(file))
		}
	}
	fmt.Fprintln(r.out, "nothing was written: this was a dry run")
	return errors.Join(append(r.failures, err)...)
}

// confirm asks whether to replace files, if any would be replaced. It leaves errors of runs that
// cannot be restored to run.
func (r *restoring) confirm(ctx context.Context, in io.Reader, terminal io.Writer) error {
	var there []archive.Run
	for _, l := range r.runs {
		if r.hasFiles(l) {
			there = append(there, l)
		}
	}
	plans, err := r.plans(ctx, there, terminal)
	if ctx.Err() != nil {
		return err
	}
	var replaced []string
	for _, files := range plans {
		for _, file := range files {
			if file.Replaces {
				replaced = append(replaced, describePlanned(file))
			}
		}
	}
	if len(replaced) == 0 || asked(ctx, in, terminal, replaced) {
		return nil
	}
	return errors.New("nothing was written")
}

// hasFiles reports whether anything exists at the paths of the run's files.
func (r *restoring) hasFiles(l archive.Run) bool {
	for _, kind := range store.Kinds {
		if _, err := os.Lstat(filepath.Join(r.treeOf(l), string(kind), l.Name)); err == nil {
			return true
		}
	}
	return false
}

// plans returns what restore would do with each run.
func (r *restoring) plans(ctx context.Context, runs []archive.Run, stderr io.Writer) ([][]restore.File, error) {
	bar := term.NewProgress(stderr, store.CountRuns)
	report := func(int, int) {}
	if len(runs) > 1 {
		report = bar.At
	}
	plans := make([][]restore.File, len(runs))
	failures := make([]error, len(runs))
	err := archive.Each(ctx, len(runs), report, func(i int) { plans[i], failures[i] = r.plan(ctx, runs[i]) })
	bar.End()
	if err != nil {
		return plans, fmt.Errorf("restore: %w; nothing was written", err)
	}
	return plans, errors.Join(failures...)
}

// asked shows the plans and returns whether the answer is yes. When ctx is done, the answer is no.
func asked(ctx context.Context, in io.Reader, terminal io.Writer, all []string) bool {
	const shown = 10
	for _, line := range all[:min(len(all), shown)] {
		fmt.Fprintln(terminal, line)
	}
	if len(all) > shown {
		fmt.Fprintf(terminal, "and %d more\n", len(all)-shown)
	}
	fmt.Fprintf(terminal, "Replace %s? [y/N] ", store.Count(len(all), "file", "files"))
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case line := <-answer:
		return line == "y" || line == "yes"
	case <-ctx.Done():
		fmt.Fprintln(terminal)
		return false
	}
}

// describePlanned says what would happen to one file.
func describePlanned(file restore.File) string {
	path := term.Printable(file.Path)
	switch {
	case file.Unchanged:
		return fmt.Sprintf("%s: would be left alone, it has these %s already", path, store.Count(file.Rows, "row", "rows"))
	case file.Replaces && file.Held < 0:
		return fmt.Sprintf("%s: would be replaced by %s of generation %d; its present content is unknown", path, store.Count(file.Rows, "row", "rows"), file.Generation)
	case file.Replaces:
		return fmt.Sprintf("%s: its %s would be replaced by %d of generation %d", path, store.Count(file.Held, "row", "rows"), file.Rows, file.Generation)
	}
	return fmt.Sprintf("%s: %s of generation %d would be written", path, store.Count(file.Rows, "row", "rows"), file.Generation)
}
