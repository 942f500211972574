package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror"
	"statsmirror/store"
)

// watchdog reports the state of the service to the service manager, and that it is alive as long as
// it makes progress. Without the reports, the manager may restart it. See sd_notify(3) and
// systemd.service(5), WatchdogSec=.
type watchdog struct {
	interval time.Duration
	status   func() mirror.Status
	lost     func() int                  // lines that the log lacks without saying so; nil for none
	stalled  func(context.Context) error // may take until the context is done
	notify   func(state ...string)
	log      *zap.Logger

	told       string // the status last sent
	unfinished bool   // that status says that work remains
}

// run reports at once and at each interval, until ctx is done. Meanwhile it keeps the status true.
func (w *watchdog) run(ctx context.Context) {
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	stalled := w.tell(ctx, false)
	for {
		var refresh <-chan time.Time
		if w.unfinished && !stalled {
			refresh = time.After(statusRefresh)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			stalled = w.tell(ctx, stalled)
		case <-refresh:
			w.refresh()
		}
	}
}

// statusRefresh is how often the status is sent again while it says that work remains.
const statusRefresh = time.Second

// line returns the status for the manager.
func (w *watchdog) line() string {
	s := w.status()
	lost := 0
	if w.lost != nil {
		lost = w.lost()
	}
	w.unfinished = s.Starting || s.Dirty > 0 || s.Unfinished > 0 || lost > 0
	w.told = systemd.Status(statusLine(s))
	if lost > 0 {
		w.told += ", " + store.Count(lost, "log line", "log lines") + " dropped"
	}
	return w.told
}

// refresh tells the status if it has changed.
func (w *watchdog) refresh() {
	before := w.told
	if now := w.line(); now != before {
		w.notify(now)
	}
}

// ready tells the manager that the service is ready.
func (w *watchdog) ready() { w.notify(systemd.Ready, w.line()) }

// tell reports once. It returns whether the service has stalled, and logs that unless it was logged
// before.
func (w *watchdog) tell(ctx context.Context, said bool) (stalled bool) {
	const patience = time.Minute // with a scan of a large tree on a slow file system
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := w.stalled(waiting)
	switch {
	case ctx.Err() != nil:
		return false
	case err == nil:
		w.notify(systemd.Alive, w.line())
		return false
	}
	w.told = systemd.Status("Stalled: " + term.OneLine(strings.ReplaceAll(err.Error(), "\n", " ")))
	w.notify(w.told)
	if !said {
		w.log.Error("stalled", zap.String("event", EventStalled), zap.NamedError("err", err))
	}
	return true
}

func statusLine(s mirror.Status) string {
	line := fmt.Sprintf("%s, %d dirty", store.CountRuns(s.Runs), s.Dirty)
	if s.Starting {
		line = fmt.Sprintf("Looking at the stats tree, %s in the catalog", store.CountRuns(s.Runs))
	}
	if s.Waiting > 0 {
		line += fmt.Sprintf(", %d of them waiting for the interval of a backup", s.Waiting)
	}
	if s.Dirty > s.Waiting {
		line += fmt.Sprintf(", oldest unmirrored change %v ago", s.OldestDirty.Round(time.Second))
	}
	if s.Unfinished > 0 {
		line += fmt.Sprintf(", %d unfinished", s.Unfinished)
	}
	if s.Damaged > 0 {
		line += fmt.Sprintf(", %d with a damaged file", s.Damaged)
	}
	if s.RootMissing > 0 {
		line += fmt.Sprintf(", stats tree missing or unreadable for %v", s.RootMissing.Round(time.Second))
	}
	if len(s.Failing) > 0 {
		line += ", failing: " + term.OneLine(strings.Join(s.Failing, ", "))
	}
	return line
}
