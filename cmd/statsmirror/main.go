// Statsmirror watches the statistics that DaCapo keeps as Python pickles and
// mirrors one consolidated snapshot per run to backup locations.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// gcPercent is how much garbage may be in memory, in percent of the rest: the rest is
// mostly rows, in which the collector has nothing to look at.
const gcPercent = 25

func main() { execute(stopPatience) }

// execute is the process. It ends patience after a signal at the latest.
func execute(patience time.Duration) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	m := &Main{Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(m.RunUntilSignal(ctx, patience, os.Args[1:]))
}
