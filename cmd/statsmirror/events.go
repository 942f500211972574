package main

import (
	"maps"
	"slices"
	"strings"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/mirror/event"
	"statsmirror/watcher"
)

// events maps every event that the program logs to what it means and what to
// do.
func events() map[string]string {
	all := map[string]string{
		journal.EventDropped: "the log took nothing for a while, or less than there was to say, and `dropped` lines are missing here; the service went on meanwhile and lost nothing else. See what reads the log: a full disk under the journal, or a pipe that is not read",
	}
	maps.Copy(all, service.Events)
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
