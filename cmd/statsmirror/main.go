// Statsmirror watches the statistics that DaCapo keeps as Python pickles and
// mirrors one consolidated snapshot per run to backup locations.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"statsmirror/cmd/statsmirror/internal/garbage"
)

func main() { execute(stopPatience) }

// execute is the process. It ends at most patience after a signal.
func execute(patience time.Duration) {
	garbage.Limit()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	m := &Main{Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(m.RunUntilSignal(ctx, patience, os.Args[1:]))
}
