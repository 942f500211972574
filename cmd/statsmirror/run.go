package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/ending"
	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/cmd/statsmirror/internal/usage"
)

func newRunCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Watch and mirror until stopped",
		Long: "Watch the stats tree and keep a verified copy of every run in each backup, until SIGINT or\n" +
			"SIGTERM. Then pending copies are tried for stop_timeout. SIGHUP reloads the configuration. SIGPIPE\n" +
			"is ignored: if the reader of the log ends, the lines are dropped and counted.",
		Example: "  statsmirror run --stats ./stats --backup ./backup",
		Args:    usage.Arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runUntilStopped(cmd.Context(), f, cmd.ErrOrStderr())
		},
	}
}

// runUntilStopped serves until ctx is done.
func runUntilStopped(ctx context.Context, f *flags, stderr io.Writer) error {
	defer journal.Outlive()()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	return service.Serve(ctx, serviceOptions(ctx, f, stderr), hangups)
}

// serviceOptions returns the options of a service in the process of a command.
func serviceOptions(ctx context.Context, f *flags, stderr io.Writer) service.Options {
	allowed := func(patience time.Duration) (release func()) { return ending.Allow(ctx, patience) }
	return service.Options{Flags: &f.Flags, Version: versionString(), Stderr: stderr, Allow: allowed}
}
