package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Main is the program with its surroundings, as a test can build it too.
type Main struct {
	Stdout, Stderr io.Writer
}

// Run executes one command line and returns the exit status.
func (m *Main) Run(ctx context.Context, args []string) int {
	root := m.command()
	root.SetArgs(args)
	root.SetOut(m.Stdout)
	root.SetErr(m.Stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintf(m.Stderr, "statsmirror: %v\n", err)
	}
	return exitStatus(err)
}

func (m *Main) command() *cobra.Command {
	flags := &flags{}
	root := &cobra.Command{
		Use:   "statsmirror",
		Short: "Keep and mirror the statistics of DaCapo runs",
		Long: "statsmirror watches the statistics that DaCapo keeps as Python pickles, keeps one\n" +
			"consolidated snapshot per run, and mirrors the snapshots to backup locations.",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageErrorf("unknown command %q; \"statsmirror --help\" lists them", args[0])
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageErrorf("%w; see \"%s --help\"", err, cmd.CommandPath())
	})
	flags.register(root.PersistentFlags())
	root.AddCommand(
		newRunCommand(flags),
		newSyncCommand(flags),
		newLsCommand(flags),
		newShowCommand(flags),
		newHistoryCommand(flags),
		newVerifyCommand(flags),
		newRestoreCommand(flags),
		newInspectCommand(),
		newCheckConfigCommand(flags),
		newVersionCommand(),
	)
	return root
}

// arguments makes a wrong number of arguments a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageErrorf("%w; usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}
