package main

import (
	"strings"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/manual"
)

// manualPages returns the pages that are made from tables.
func manualPages() []manual.Page {
	return []manual.Page{configurationPage(), eventsPage()}
}

func configurationPage() manual.Page {
	var entries []manual.Entry
	for _, s := range config.Settings {
		entries = append(entries, manual.Entry{Name: s.Key, Default: s.Initial, Meaning: strings.TrimSpace(s.Meaning + " " + s.Values())})
	}
	return manual.Configuration(entries)
}

func eventsPage() manual.Page {
	var entries []manual.Entry
	for name, meaning := range sortedEvents() {
		entries = append(entries, manual.Entry{Name: name, Meaning: sentence(meaning)})
	}
	return manual.Events(entries)
}
