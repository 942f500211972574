package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/usage"
)

func newServiceCommand(f *flags) *cobra.Command {
	i := &systemd.Installation{DefaultConfig: config.DefaultFile}
	parent := &cobra.Command{
		Use:   "service",
		Short: "Install, remove and control the systemd service",
		Long: "Install the systemd unit that runs this program, remove it, and control the service. A package\n" +
			"brings the unit with it and needs no \"service install\".",
		Example: "  sudo statsmirror service install\n  statsmirror service install --user",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage.Errorf("unknown command %q%s", args[0], usage.Suggestion(args[0], commandNames(cmd)))
			}
			return cmd.Help()
		},
	}
	parent.PersistentFlags().BoolVar(&i.User, "user", false, "a service of the user, without root")
	for _, c := range []struct {
		name, short string
		do          func(context.Context, io.Writer) error
	}{
		{"install", "Install and enable the unit, and a configuration to edit if there is none", i.Install},
		{"uninstall", "Stop the service and remove the unit; configuration and data stay", i.Uninstall},
		{"start", "Start the service", i.Start},
		{"stop", "Stop the service", i.Stop},
		{"restart", "Stop the service and start it again", i.Restart},
		{"status", "Print whether the service runs; exits 1 unless it does", i.Status},
	} {
		parent.AddCommand(&cobra.Command{
			Use: c.name, Short: c.short, Args: usage.Arguments(cobra.NoArgs),
			Example: "  sudo statsmirror service " + c.name + "\n  statsmirror service " + c.name + " --user",
			RunE: func(cmd *cobra.Command, _ []string) error {
				if f.NamesPlace() {
					return usage.Errorf("the service reads a configuration file; give --config, not --stats, --state or --backup")
				}
				i.Config = f.File
				return c.do(cmd.Context(), cmd.OutOrStdout())
			},
		})
	}
	return parent
}
