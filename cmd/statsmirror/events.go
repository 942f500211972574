package main

import (
	"maps"
	"slices"
	"strings"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/mirror/event"
	"statsmirror/watcher"
)

// Events that this command logs.
const (
	eventStarted        = "service.started"
	eventReady          = "service.ready"
	eventStopped        = "service.stopped"
	eventStalled        = "service.stalled"
	eventFailed         = "service.failed"
	eventConfigReloaded = "config.reloaded"
	eventConfigInvalid  = "config.invalid"
)

// events maps every event that the program logs to what it means and what to
// do.
func events() map[string]string {
	all := map[string]string{
		eventStarted:         "the service begins; the fields say what it watches and where it mirrors to. Nothing to do",
		eventReady:           "the watches stand and the first scan is queued. Nothing to do",
		eventStopped:         "the service has ended; what was pending is copied after the next start. Nothing to do",
		eventFailed:          "the service has ended because of `err`, which says what to do. systemd starts it again by itself",
		eventStalled:         "the service makes no progress; `err` says where. Under systemd it is killed by the watchdog and started again. If it comes back, look at the disk or the mount that `err` names",
		eventConfigReloaded:  "the configuration was read again and is in use; the fields are those of `service.started`. Nothing to do",
		eventConfigInvalid:   "the configuration was read again, but has the error in `err`, or its state directory cannot be used; the old one stays in use. Correct it, try it with `statsmirror check-config`, and reload again",
		journal.EventDropped: "the log took nothing for a while, or less than there was to say, and `dropped` lines are missing here; the service went on meanwhile and lost nothing else. See what reads the log: a full disk under the journal, or a pipe that is not read",
	}
	maps.Copy(all, watcher.Events)
	maps.Copy(all, event.Meanings)
	return all
}

// sortedEvents yields every event and what it means, by name.
func sortedEvents() func(yield func(name, meaning string) bool) {
	return func(yield func(name, meaning string) bool) {
		all := events()
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !yield(name, all[name]) {
				return
			}
		}
	}
}

// sentence begins text with a capital and ends it with a full stop.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
