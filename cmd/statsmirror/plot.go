package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/plot"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/store/chart"
	"statsmirror/store/durable"
)

func newPlotCommand(f *flags) *cobra.Command {
	var o plotOptions
	cmd := &cobra.Command{
		Use:   "plot RUN|PATTERN...",
		Short: "Draw the loss and the validation scores of runs",
		Long: "Draw the loss and the validation scores of runs over their iterations, all in one chart: in the\n" +
			"terminal, or with -o as a picture. A pattern, as 'cells-*', draws every run that matches it.\n\n" +
			"The loss of up to 3 runs is smoothed as in DaCapo's own plots. A point is the mean of n/2500 rows\n" +
			"of a run with n rows, with a band of 3 standard deviations on each side (DaCapo draws 3\n" +
			"variances). A run with fewer than 5000 rows is not smoothed. Of more runs, a point is the mean of\n" +
			"about ten times as many rows, the same for all, without a band. Values that are NaN or infinite\n" +
			"are marked at the edge and counted in the legend. The axis of the loss is logarithmic if the\n" +
			"whole loss is above 0, else linear.\n\n" +
			"More than 12 runs in a picture, or 6 in a terminal, cannot be told apart. They become a band: the\n" +
			"median of all runs, the range of the middle half of them, from 25 to 75 %, and the range from 5 to\n" +
			"95 %. Runs that are given by name, not just by a pattern, are drawn on top of it. A run counts as\n" +
			"far as it has rows; the legend says how many do at the end.\n\n" +
			"Without colour, the terminal shows a line for each of several runs in letters, as aaaa. Where\n" +
			"lines share a place, their letters take turns.\n\n" +
			"Validation scores have a panel for each dataset. At each iteration, the chart shows the score of\n" +
			"the best post-processing parameters. The stats files number the criteria. They neither name them\n" +
			"nor say whether higher is better: --criteria does. By default, criterion 0 is drawn. The highest\n" +
			"score counts as the best if its direction is not known; the axis says which one does.\n\n" +
			"A vertical line shows where a generation leaves the generation drawn before it.\n\n" +
			"Runs that cannot be read are reported, and the others are drawn. Then the exit status is 3 if\n" +
			"data is damaged, else 1.",
		Example: "  statsmirror plot cells-unet-16 cells-unet-32 --backup /mnt/backup\n" +
			"  statsmirror plot cells-unet-16 --backup /mnt/backup -o loss.svg\n" +
			"  statsmirror plot 'cells-*' cells-unet-16 --backup /mnt/backup -o cells.svg\n" +
			"  statsmirror plot cells-unet-16 --backup /mnt/backup --history --iterations 100:",
		Args:              usage.Arguments(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeRuns(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			wanted, err := list.NewPatterns(args)
			if err != nil {
				return err
			}
			return o.run(cmd, f, wanted)
		},
	}
	set := cmd.Flags()
	set.StringVarP(&o.output, "output", "o", "", "write a picture to `FILE`, whose name ends in .svg, .png or .pdf")
	set.BoolVar(&o.dark, "dark", false, "draw the picture for a dark page or slide: light letters, no background")
	set.Int64SliceVar(&o.generations, "generation", nil, "draw generation `N` (default the current one); repeatable")
	set.BoolVar(&o.history, "history", false, "draw every generation")
	set.StringVar(&o.Iterations, "iterations", "", "draw the iterations from FROM up to, not including, TO: `FROM:TO`; either may be left out")
	set.IntVar(&o.Smooth, "smooth", 0, "average `N` rows for each point of the loss (default: as DaCapo does, or about ten times as many for more than 3 runs)")
	set.BoolVar(&o.Log, "log", false, "logarithmic axis of the loss")
	set.BoolVar(&o.Linear, "linear", false, "linear axis of the loss")
	set.StringVar(&o.Criterion, "criterion", "0", "draw the validation scores of criterion `N`, counted from 0 or named by --criteria")
	set.IntSliceVar(&o.Datasets, "dataset", nil, "draw the validation scores of dataset `N`, counted from 0; repeatable (default all)")
	set.StringVar(&o.Best, "best", "", "which score of a criterion is the best: `max|min` (default the direction of the criterion, else max)")
	completeFlag(cmd, "best", criteria.Max, criteria.Min)
	f.registerCriteria(cmd)
	o.recursive.register(set)
	completeGenerations(f, cmd)
	set.Lookup("generation").DefValue = "" // the help describes it in words
	return cmd
}

// plotOptions are the flags of plot only.
type plotOptions struct {
	plot.Options
	recursive   recursion
	output      string
	dark        bool
	generations []int64
	history     bool
}

// run draws the runs that it can read, and then reports failures.
func (o *plotOptions) run(cmd *cobra.Command, f *flags, wanted list.Patterns) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	runs, away, err := o.choose(ctx, f, wanted)
	if err != nil {
		return err
	}
	if o.Naming, err = f.naming(); err != nil {
		return err
	}
	if o.recursive { // a run of another host may have the same name
		o.Naming.Configs = ""
	}
	o.Most = o.most()
	curves, failures, err := o.load(cmd, runs, wanted)
	failures = append(away, failures...)
	if err != nil || len(curves) == 0 && len(failures) > 0 {
		return cmp.Or(err, exit.Worst(failures))
	}
	drawing, notes, err := o.Chart(curves)
	for _, note := range notes {
		fmt.Fprintln(cmd.ErrOrStderr(), note)
	}
	if n := len(curves); err == nil && o.output == "" && n > inTerminal && n <= inPicture {
		fmt.Fprintf(cmd.ErrOrStderr(), "a picture, as -o loss.svg, has a line for each of up to %d\n", inPicture)
	}
	switch {
	case err != nil:
	case o.output != "":
		err = writePicture(o.output, drawing, o.dark)
	default:
		err = chart.WriteText(out, drawing, textFor(out))
	}
	if err != nil {
		failures = append(failures, err)
	}
	return exit.Worst(failures)
}

// How many curves can be told apart.
const inTerminal, inPicture = 6, 12

// most returns how many curves can be told apart in the output.
func (o *plotOptions) most() int {
	if o.output == "" {
		return inTerminal
	}
	return inPicture
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
