package journal

import (
	"os"
	"os/signal"
	"syscall"
)

// Outlive makes writes to a log whose reader has gone away fail, until restore is called. Otherwise
// SIGPIPE would end the process, as it does for standard output and error.
func Outlive() (restore func()) {
	closed := make(chan os.Signal, 1) // nobody receives from it: the failed write says the same
	signal.Notify(closed, syscall.SIGPIPE)
	return func() { signal.Stop(closed) }
}
