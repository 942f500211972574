package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// exportFlags are the flags of export only.
type exportFlags struct {
	format     string
	output     string // "" and "-" are standard output
	what       string // "", "training" or "validation"
	all        bool
	generation int64
}

func newExportCommand(f *flags) *cobra.Command {
	var e exportFlags
	cmd := &cobra.Command{
		Use:   "export RUN...|--all",
		Short: "Write runs as Parquet, CSV, JSON lines or TensorBoard's event files",
		Long: "Write a run to standard output or a file, or several runs into a directory, one file each:\n\n" +
			"  parquet      the snapshot itself, verified and copied byte for byte\n" +
			"  csv          iteration,loss,time. Validation scores have a line for each score:\n" +
			"               iteration,dataset,parameters,criterion,score. None is empty\n" +
			"  jsonl        one row per line, as in show --json: training stats, then validation scores\n" +
			"  tensorboard  DIR/RUN/" + format.TensorBoardFile + " with loss, time and\n" +
			"               scores/DATASET/PARAMETERS/CRITERION as floats of 32 bits. DaCapo does not record\n" +
			"               when an iteration ran. Its wall time is counted back from the last write of\n" +
			"               the stats file, by the time that each iteration took\n\n" +
			"A file is replaced only once the new one is whole.",
		Example: "  statsmirror export cells --backup /mnt/backup -o cells.csv\n" +
			"  statsmirror export cells --backup /mnt/backup --format csv --what validation > scores.csv\n" +
			"  statsmirror export --all --backup /mnt/backup --format tensorboard -o ./logs",
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, runs []string) error {
			if err := e.check(runs, term.IsTerminal(cmd.OutOrStdout())); err != nil {
				return err
			}
			if f.Criteria.List != nil && !e.namesCriteria() {
				return usage.Errorf("--criteria is for the scores in csv and tensorboard; parquet and jsonl have them in their order, without names")
			}
			here, err := f.open()
			if err != nil {
				return err
			}
			naming, err := f.naming()
			if err != nil {
				return err
			}
			exporting := exporting{exportFlags: e, location: here.Location, naming: naming, out: cmd.OutOrStdout()}
			if e.all {
				if runs, err = exporting.find(cmd.Context()); err != nil {
					return err
				}
			}
			return exporting.run(cmd.Context(), runs, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&e.format, "format", "", "`format`: parquet, csv, jsonl or tensorboard (default: the ending of the file name)")
	cmd.Flags().StringVarP(&e.output, "output", "o", "", "`file` or directory to write to, - for standard output (the default for one run)")
	cmd.Flags().StringVar(&e.what, "what", "", "only training or only validation, as csv or jsonl (default both; training for one file of csv)")
	cmd.Flags().BoolVar(&e.all, "all", false, "export every run")
	cmd.Flags().Int64Var(&e.generation, "generation", 0, "export generation `N` (default the current one)")
	completeFlag(cmd, "format", formatParquet, formatCSV, formatJSONL, formatTensorBoard)
	completeFlag(cmd, "what", "training", "validation")
	f.registerCriteria(cmd)
	completeGenerations(f, cmd)
	return cmd
}

// Formats of export. All but tensorboard are also endings of file names.
const (
	formatParquet     = "parquet"
	formatCSV         = "csv"
	formatJSONL       = "jsonl"
	formatTensorBoard = "tensorboard"
)

// check completes the flags. Its error says which flag is wrong.
func (e *exportFlags) check(runs []string, terminal bool) error {
	if e.format == "" {
		e.format = strings.TrimPrefix(filepath.Ext(e.output), ".")
	}
	text := e.format == formatCSV || e.format == formatJSONL
	switch {
	case e.all == (len(runs) > 0):
		return usage.Errorf("name the runs to export, RUN..., or give --all")
	case e.format == "":
		return usage.Errorf("choose a format: --format parquet, csv, jsonl or tensorboard")
	case !text && e.format != formatParquet && e.format != formatTensorBoard:
		return usage.Errorf("--format %s is unknown; use parquet, csv, jsonl or tensorboard", term.Printable(e.format))
	case e.what != "" && e.what != "training" && e.what != "validation":
		return usage.Errorf("--what %s is unknown; use training or validation", term.Printable(e.what))
	case e.what != "" && !text:
		return usage.Errorf("--what is for csv and jsonl; %s holds both", e.format)
	case e.generation < 0:
		return usage.Errorf("--generation is %d; generations begin with 1", e.generation)
	case e.toStdout() && e.severalFiles(runs):
		return usage.Errorf("this gives several files: name a directory, -o DIR")
	case e.toStdout() && terminal && !text:
		return usage.Errorf("%s is not for a terminal: give -o FILE", e.format)
	}
	return e.checkOutput(runs)
}

func (e *exportFlags) toStdout() bool { return e.output == "" || e.output == "-" }

// severalFiles reports whether the output must be a directory.
func (e *exportFlags) severalFiles(runs []string) bool {
	return e.all || len(runs) > 1 || e.format == formatTensorBoard
}

// checkOutput marks a directory to write to with a slash at its end. It refuses to replace anything
// that is neither a file nor a directory, such as /dev/null.
func (e *exportFlags) checkOutput(runs []string) error {
	if e.toStdout() {
		return nil
	}
	parent := filepath.Dir(strings.TrimRight(e.output, "/"))
	if _, err := os.Stat(parent); err != nil {
		return fmt.Errorf("export: %w; name a directory that exists", err)
	}
	info, err := os.Stat(e.output)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("export: %w", err)
	case err != nil && e.severalFiles(runs) && filepath.Ext(e.output) == "."+e.format:
		return usage.Errorf("this gives several files; name a directory, -o %s/", strings.TrimSuffix(term.Printable(e.output), "."+e.format))
	case err == nil && !info.IsDir() && e.severalFiles(runs):
		return usage.Errorf("%s is a file; this needs a directory, -o DIR", term.Printable(e.output))
	case err == nil && !info.IsDir() && !info.Mode().IsRegular():
		return usage.Errorf("%s is neither a file nor a directory; for a stream give -o -", term.Printable(e.output))
	case err == nil && info.IsDir(), e.severalFiles(runs):
		e.output = strings.TrimRight(e.output, "/") + "/"
	}
	return nil
}

// exporting is one call of the command.
type exporting struct {
	exportFlags
	location archive.Location
	naming   criteria.Naming
	out      io.Writer

	mu       sync.Mutex
	files    int
	failures []error // begins with the errors of unreadable places
}

// find returns all runs. It skips archives that do not answer.
func (e *exporting) find(ctx context.Context) (runs []string, err error) {
	s, err := selectRuns(ctx, list.Places{Locations: []archive.Location{e.location}}, nil)
	for _, run := range s.Runs {
		runs = append(runs, run.Name)
	}
	e.location, e.failures = s.Locations[0], s.Away
	return runs, err
}

// run exports what it can, and reports why the rest failed.
func (e *exporting) run(ctx context.Context, runs []string, stderr io.Writer) error {
	bar := term.NewProgress(stderr, store.CountRuns)
	report := func(int, int) {}
	if len(runs) > 1 {
		report = bar.At
	}
	done := 0
	err := archive.Each(ctx, len(runs), report, func(i int) {
		files, err := e.export(ctx, runs[i])
		e.mu.Lock()
		defer e.mu.Unlock()
		e.files += files
		if errors.Is(err, context.Canceled) { // it is reported once
			return
		}
		if err != nil {
			e.failures = append(e.failures, fmt.Errorf("export run %s: %w", term.Printable(runs[i]), err))
		} else {
			done++
		}
	})
	bar.End()
	if !e.toStdout() {
		fmt.Fprintf(e.out, "%d of %s exported: %s in %s\n", done, store.CountRuns(len(runs)), store.Count(e.files, "file", "files"), term.Printable(e.output))
	}
	if err != nil {
		e.failures = append(e.failures, fmt.Errorf("export: %w", err))
	}
	return errors.Join(e.failures...)
}

// exported is a file to write for a run.
type exported struct {
	suffix string // of its name in a directory
	write  func(io.Writer) error
}

// export writes the files of one run and returns their number.
func (e *exporting) export(ctx context.Context, run string) (int, error) {
	s, err := loadRun(ctx, e.location, run, e.generation)
	if err != nil {
		return 0, err
	}
	var names criteria.List
	if e.namesCriteria() {
		if names, err = e.naming.Of(s.Run, s.Validation); err != nil {
			return 0, err
		}
	}
	files := 0
	for _, file := range e.filesOf(ctx, s, names) {
		if err := e.write(run, file); err != nil {
			return files, err
		}
		files++
	}
	return files, nil
}

// namesCriteria reports whether the format has a place for the name of a criterion.
func (e *exportFlags) namesCriteria() bool {
	return e.format == formatCSV && e.what != "training" || e.format == formatTensorBoard
}

// filesOf returns the files to write for a run.
func (e *exporting) filesOf(ctx context.Context, s *snapshot.Snapshot, names criteria.List) []exported {
	training := exported{".training.csv", func(w io.Writer) error { return format.WriteTrainingCSV(w, s.Training) }}
	validation := exported{".validation.csv", func(w io.Writer) error { return format.WriteValidationCSV(w, s.Validation, names) }}
	switch {
	case e.format == formatParquet:
		return []exported{{".parquet", func(w io.Writer) error { return copySnapshot(ctx, w, e.location, s.Run, s.Generation) }}}
	case e.format == formatTensorBoard:
		return []exported{{"/" + format.TensorBoardFile, func(w io.Writer) error {
			return format.WriteTensorBoard(w, store.LastWritten(s.Sources), s.Training, s.Validation, names)
		}}}
	case e.format == formatJSONL:
		return []exported{{".jsonl", func(w io.Writer) error { return e.writeLines(w, *s) }}}
	case e.what == "validation":
		return []exported{validation}
	case e.what == "training" || !strings.HasSuffix(e.output, "/"):
		return []exported{training}
	}
	return []exported{training, validation}
}

// writeLines writes the rows of the kind that the user chose, or of both kinds.
func (e *exporting) writeLines(w io.Writer, s snapshot.Snapshot) error {
	switch e.what {
	case "training":
		s.Validation = store.ValidationScores{}
	case "validation":
		s.Training = store.TrainingStats{}
	}
	return format.WriteJSONLines(w, s.Training, s.Validation)
}

// write writes one whole file, or to standard output.
func (e *exporting) write(run string, file exported) error {
	if e.toStdout() {
		w := bufio.NewWriterSize(e.out, 1<<16)
		return errors.Join(file.write(w), w.Flush())
	}
	name := e.output
	if strings.HasSuffix(name, "/") {
		name += snapshot.Escape(run) + file.suffix
	}
	root, err := durable.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	return durable.WriteFile(root, filepath.Base(name), func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 1<<16)
		return errors.Join(file.write(buffered), buffered.Flush())
	})
}

// copySnapshot writes the bytes of a generation, from the first archive that has it
// whole.
func copySnapshot(ctx context.Context, w io.Writer, l archive.Location, run string, generation int64) error {
	content, err := archive.First(l, func(a *archive.Archive) (*archive.Content, error) { return a.Content(ctx, run, generation) })
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = content.WriteTo(w)
	return err
}
