package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/plot"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/chart"
	"statsmirror/store/durable"
)

func newPlotCommand(f *flags) *cobra.Command {
	var o plotOptions
	cmd := &cobra.Command{
		Use:   "plot RUN...",
		Short: "Draw the loss and the validation scores of runs",
		Long: "Draw the loss and the validation scores of runs over their iterations, all in one chart: in the\n" +
			"terminal, or with -o as a picture.\n\n" +
			"The loss is smoothed as in DaCapo's own plots. A point is the mean of n/2500 rows of a run with\n" +
			"n rows, with a band of 3 standard deviations on each side (DaCapo draws 3 variances). A run with\n" +
			"less than 5000 rows is not smoothed. Values that are NaN or infinite are marked at the edge and\n" +
			"counted in the legend. The axis of the loss is logarithmic if the whole loss is above 0, else\n" +
			"linear.\n\n" +
			"Validation scores have a panel for each dataset. At each iteration, the chart shows the score of\n" +
			"the best post-processing parameters. The stats files number the criteria. They neither name them\n" +
			"nor say whether higher is better: --criteria does. By default, criterion 0 is drawn. The highest\n" +
			"score counts as the best if its direction is not known; the axis says which one does.\n\n" +
			"A vertical line shows where a generation leaves the generation drawn before it.",
		Example: "  statsmirror plot cells-unet-16 cells-unet-32 --backup /mnt/backup\n" +
			"  statsmirror plot cells-unet-16 --backup /mnt/backup -o loss.svg\n" +
			"  statsmirror plot cells-unet-16 --backup /mnt/backup --history --iterations 100:",
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, runs []string) error {
			if err := o.check(); err != nil {
				return err
			}
			here, err := f.open()
			if err != nil {
				return err
			}
			naming, err := f.naming()
			if err != nil {
				return err
			}
			curves, err := o.load(cmd.Context(), here.Location, runs)
			if err != nil {
				return err
			}
			if err := name(curves, naming); err != nil {
				return err
			}
			drawing, notes, err := o.Chart(curves)
			for _, note := range notes {
				fmt.Fprintln(cmd.ErrOrStderr(), note)
			}
			if err != nil {
				return err
			}
			if o.output != "" {
				return writePicture(o.output, drawing, o.dark)
			}
			return chart.WriteText(cmd.OutOrStdout(), drawing, textFor(cmd.OutOrStdout()))
		},
	}
	set := cmd.Flags()
	set.StringVarP(&o.output, "output", "o", "", "write a picture to `FILE`, whose name ends in .svg, .png or .pdf")
	set.BoolVar(&o.dark, "dark", false, "draw the picture for a dark page or slide: light letters, no background")
	set.Int64SliceVar(&o.generations, "generation", nil, "draw generation `N` (default the current one); repeatable")
	set.BoolVar(&o.history, "history", false, "draw every generation")
	set.StringVar(&o.Iterations, "iterations", "", "draw the iterations from FROM up to, not including, TO: `FROM:TO`; either may be left out")
	set.IntVar(&o.Smooth, "smooth", 0, "average `N` rows for each point of the loss (default: as DaCapo does)")
	set.BoolVar(&o.Log, "log", false, "logarithmic axis of the loss")
	set.BoolVar(&o.Linear, "linear", false, "linear axis of the loss")
	set.StringVar(&o.Criterion, "criterion", "0", "draw the validation scores of criterion `N`, counted from 0 or named by --criteria")
	set.IntSliceVar(&o.Datasets, "dataset", nil, "draw the validation scores of dataset `N`, counted from 0; repeatable (default all)")
	set.StringVar(&o.Best, "best", "", "which score of a criterion is the best: `max|min` (default the direction of the criterion, else max)")
	completeFlag(cmd, "best", criteria.Max, criteria.Min)
	f.registerCriteria(cmd)
	completeGenerations(f, cmd)
	set.Lookup("generation").DefValue = "" // the help describes it in words
	set.Lookup("dataset").DefValue = ""
	return cmd
}

// plotOptions are the flags of plot only.
type plotOptions struct {
	plot.Options
	output      string
	dark        bool
	generations []int64
	history     bool
}

// check refuses options that cannot be drawn before it reads anything.
func (o *plotOptions) check() error {
	if o.output != "" && !slices.Contains(chart.Formats, formatOf(o.output)) {
		return usage.Errorf("cannot tell the format of %s; its name must end in .%s", term.Printable(o.output), strings.Join(chart.Formats, ", ."))
	}
	if o.dark && o.output == "" {
		return usage.Errorf("--dark is for pictures; name one with -o FILE, as -o loss.svg")
	}
	if o.history && len(o.generations) > 0 {
		return usage.Errorf("--history and --generation exclude each other; give one")
	}
	if slices.ContainsFunc(o.generations, func(n int64) bool { return n < 1 }) {
		return usage.Errorf("generations are counted from 1")
	}
	return o.Check()
}

func formatOf(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

// load reads the generations to draw, those of each run in order.
func (o *plotOptions) load(ctx context.Context, l archive.Location, runs []string) ([]plot.Curve, error) {
	var curves []plot.Curve
	var errs []error
	var loads []func() (*snapshot.Snapshot, error)
	for i, run := range runs {
		if slices.Contains(runs[:i], run) {
			continue
		}
		generations, err := o.generationsOf(ctx, l, run)
		errs = append(errs, err)
		for _, g := range generations {
			curves = append(curves, plot.Curve{Named: len(generations) > 1 || g > 0})
			loads = append(loads, func() (*snapshot.Snapshot, error) { return loadRun(ctx, l, run, g) })
		}
	}
	failures := make([]error, len(curves))
	err := archive.Each(ctx, len(curves), func(int, int) {}, func(i int) { curves[i].Snapshot, failures[i] = loads[i]() })
	return curves, cmp.Or(err, errors.Join(append(errs, failures...)...))
}

// name gives the curves the names of their criteria.
func name(curves []plot.Curve, naming criteria.Naming) (err error) {
	for i := range curves {
		if curves[i].Criteria, err = naming.Of(curves[i].Run, curves[i].Validation); err != nil {
			return err
		}
	}
	return nil
}

// generationsOf returns the generations of a run to draw; 0 means the current one.
func (o *plotOptions) generationsOf(ctx context.Context, l archive.Location, run string) ([]int64, error) {
	if !o.history {
		if len(o.generations) == 0 {
			return []int64{0}, nil
		}
		return slices.Compact(slices.Sorted(slices.Values(o.generations))), nil
	}
	metas, err := l.History(ctx, run)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, list.NotThere(ctx, run, 0, l.Archives)
	case err != nil:
		return nil, fmt.Errorf("list generations of %s: %w", term.Printable(run), err)
	}
	var generations []int64
	for _, m := range metas {
		generations = append(generations, m.Generation)
	}
	return generations, nil
}

// textFor returns how to draw charts to w: as large as a terminal.
func textFor(w io.Writer) chart.Text {
	const prompt = 1 // line for the shell
	s, ok := term.ScreenOf(w)
	if !ok {
		s = term.Screen{Width: 80, Height: 24}
	}
	return chart.Text{Width: s.Width, Height: s.Height - prompt, Colour: s.Colour}
}

// writePicture replaces a file with a picture once that is whole.
func writePicture(name string, c chart.Chart, dark bool) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("write picture %s: %w; name a directory that exists", term.Printable(name), err)
	}
	defer root.Close()
	err = durable.WriteFile(root, filepath.Base(name), func(w io.Writer) error {
		return chart.WritePicture(w, c, chart.Picture{Format: formatOf(name), Dark: dark})
	})
	if err != nil {
		return fmt.Errorf("write picture in %s: %w", term.Printable(filepath.Dir(name)), err)
	}
	return nil
}
