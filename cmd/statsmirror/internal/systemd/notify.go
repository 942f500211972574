package systemd

import (
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// States of the service that Notify sends. See sd_notify(3).
const (
	Ready     = daemon.SdNotifyReady
	Reloading = daemon.SdNotifyReloading
	Stopping  = daemon.SdNotifyStopping
	Alive     = daemon.SdNotifyWatchdog
)

// Status is a state that describes the service in words.
func Status(line string) string { return "STATUS=" + line }

// ExtendTimeout is a state that asks for more time, from now on.
func ExtendTimeout(by time.Duration) string {
	return fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", by.Microseconds())
}

// Notify sends states to the service manager, if one started the process. An error is the manager's
// own trouble: it then acts by itself.
func Notify(states ...string) {
	_, _ = daemon.SdNotify(false, strings.Join(states, "\n"))
}

// WatchdogInterval returns how often to tell the service manager that the service is alive: three
// times as often as it expects. See systemd.service(5), WatchdogSec=.
func WatchdogInterval() time.Duration {
	const unwatched = 10 * time.Second
	within, err := daemon.SdWatchdogEnabled(false)
	if err != nil || within <= 0 {
		return unwatched
	}
	return min(within/3, unwatched)
}
