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

// events maps every event that the program logs to its meaning and the action to take.
func events() map[string]string {
	all := map[string]string{
		journal.EventDropped: "the log accepted no lines for a while, or too few, and `dropped` lines are missing here. The service went on and lost nothing else. Check the reader of the log: the journal's disk may be full, or nobody reads the pipe",
	}
	maps.Copy(all, service.Events)
	maps.Copy(all, watcher.Events)
	maps.Copy(all, event.Meanings)
	return all
}

// sortedEvents yields every event and its meaning, by name.
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
