package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/ending"
	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/fish"
	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// stopPatience is how long a command may continue after a signal to stop.
const stopPatience = 800 * time.Millisecond

// Main is the program with its surroundings, so that tests can build it too.
type Main struct {
	Stdout, Stderr io.Writer
}

// Run executes one command line and returns the exit status.
func (m *Main) Run(ctx context.Context, args []string) int {
	root := m.command()
	root.SetArgs(joinDaCapoConfig(args))
	root.SetOut(m.Stdout)
	root.SetErr(m.Stderr)
	err := root.ExecuteContext(ctx)
	_, logged := errors.AsType[*service.LoggedError](err)
	if err != nil && !logged && !exit.IsSilent(err) {
		fmt.Fprint(m.Stderr, usage.Complaint(usage.WithRemedy(err), journal.IsJournal(m.Stderr)))
	}
	return exit.Status(err)
}

// RunUntilSignal is Run. It also returns once ctx has been done for patience, or for as long as the
// command allows itself.
func (m *Main) RunUntilSignal(ctx context.Context, patience time.Duration, args []string) int {
	e := ending.New(patience)
	status := make(chan int, 1)
	go func() { status <- m.Run(e.In(ctx), args) }()
	select {
	case s := <-status:
		return s
	case <-ctx.Done():
	}
	e.Begin()
	const look = 50 * time.Millisecond // the patience may have changed
	for left := e.Left(); left > 0; left = e.Left() {
		select {
		case s := <-status:
			return s
		case <-time.After(min(left, look)):
		}
	}
	m.sayStopped()
	return exit.Failed
}

// sayStopped reports why the process ends. It does not wait for a blocked stream.
func (m *Main) sayStopped() {
	said := make(chan struct{})
	go func() {
		defer close(said)
		err := errors.New("stopped by a signal in the middle of its work; the files that it has written are whole; run it again for the rest")
		fmt.Fprint(m.Stderr, usage.Complaint(err, journal.IsJournal(m.Stderr)))
	}()
	select {
	case <-said:
	case <-time.After(stopPatience / 8):
	}
}

func (m *Main) command() *cobra.Command {
	flags := &flags{}
	printsVersion := false // cobra's flag needs text/template to print our line
	root := &cobra.Command{
		Use:   "statsmirror",
		Short: "Keep and mirror the statistics of DaCapo runs",
		Long: "statsmirror watches the statistics that DaCapo keeps as Python pickles, keeps one\n" +
			"consolidated snapshot per run, and mirrors the snapshots to backup locations.",
		Example:           "  statsmirror run --stats ./stats --backup ./backup",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case printsVersion:
				return printVersion(cmd)
			case len(args) > 0:
				return usage.Errorf("unknown command %q%s", args[0], usage.Suggestion(args[0], commandNames(cmd)))
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().BoolVarP(&printsVersion, "version", "v", false, "version for statsmirror")
	flags.register(root.PersistentFlags())
	flags.complete(root)
	root.AddCommand(
		newRunCommand(flags),
		newSyncCommand(flags),
		newStatusCommand(flags),
		newLsCommand(flags),
		newShowCommand(flags),
		newHistoryCommand(flags),
		newPlotCommand(flags),
		newReportCommand(flags),
		newVerifyCommand(flags),
		newExportCommand(flags),
		newRestoreCommand(flags),
		newPruneCommand(flags),
		newInspectCommand(),
		newCheckConfigCommand(flags),
		newServiceCommand(flags),
		newVersionCommand(),
		newDocsCommand(),
	)
	fish.Quote(root)
	return root
}

func commandNames(parent *cobra.Command) []string {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}
