package manual

import _ "embed"

var (
	//go:embed configuration.md
	configuration string
	//go:embed events.md
	events string
)

// Configuration returns the page about the configuration file, whose keys are the entries.
func Configuration(keys []Entry) Page {
	return Page{
		Name: "statsmirror.yaml", Section: 5, Title: "configuration of statsmirror", Document: "configuration.md",
		text: configuration, tables: map[string]table{"keys": {[]string{"key", "default", "meaning"}, keys}},
	}
}

// Events returns the page about the log.
func Events(fields, all []Entry) Page {
	return Page{
		Name: "statsmirror-events", Section: 7, Title: "events that statsmirror logs", Document: "events.md",
		text: events, tables: map[string]table{
			"fields": {[]string{"field", "meaning"}, fields}, "events": {[]string{"event", "meaning, and what to do"}, all},
		},
	}
}
