package main

import (
	"maps"

	"statsmirror/mirror"
	"statsmirror/watcher"
)

// Events that this command logs.
const (
	eventStarted        = "service.started"
	eventStopped        = "service.stopped"
	eventReady          = "service.ready"
	eventConfigReloaded = "config.reloaded"
	eventConfigInvalid  = "config.invalid"
)

// allEvents maps every event to what it means and what to do.
func allEvents() map[string]string {
	all := map[string]string{
		eventStarted:        "the service began; its fields say what it watches and where it mirrors to",
		eventReady:          "the watches stand and the first scan is queued",
		eventStopped:        "the service ended; what was pending is copied after the next start",
		eventConfigReloaded: "SIGHUP: the configuration was read again and is in use",
		eventConfigInvalid:  "SIGHUP: the configuration has the error in `err`; the old one stays in use. Correct the file and send SIGHUP again",
	}
	maps.Copy(all, watcher.Events)
	maps.Copy(all, mirror.Events)
	return all
}
