package main

import (
	"maps"

	"statsmirror/mirror"
	"statsmirror/watcher"
)

// Events that this command logs.
const (
	eventStarted        = "service.started"
	eventReady          = "service.ready"
	eventStopped        = "service.stopped"
	eventConfigReloaded = "config.reloaded"
	eventConfigInvalid  = "config.invalid"
)

// events maps every event that the program logs to what it means and what to
// do.
func events() map[string]string {
	all := map[string]string{
		eventStarted:        "the service begins; the fields say what it watches and where it mirrors to",
		eventReady:          "the watches stand and the first scan is queued",
		eventStopped:        "the service has ended; what was pending is copied after the next start",
		eventConfigReloaded: "SIGHUP came: the configuration was read again and is in use; the fields are those of `service.started`",
		eventConfigInvalid:  "SIGHUP came, but the configuration has the error in `err`; the old one stays in use. Correct it and send SIGHUP again",
	}
	maps.Copy(all, watcher.Events)
	maps.Copy(all, mirror.Events)
	return all
}
