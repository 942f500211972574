package main

import (
	"strings"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/manual"
	"statsmirror/mirror/event"
)

// manualPages returns the pages made from tables.
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
	var fields, all []manual.Entry
	for _, field := range event.Fields {
		fields = append(fields, manual.Entry{Name: field.Name, Meaning: sentence(field.Meaning)})
	}
	for name, meaning := range sortedEvents() {
		all = append(all, manual.Entry{Name: name, Meaning: sentence(meaning)})
	}
	return manual.Events(fields, all)
}
