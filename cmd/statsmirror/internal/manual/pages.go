package manual

import _ "embed"

var (
	//go:embed configuration.tmpl
	configuration string
	//go:embed events.tmpl
	events string
)

// Configuration returns the page about the configuration file, whose keys are the entries.
func Configuration(keys []Entry) Page {
	return Page{
		Name: "statsmirror.yaml", Section: 5, Title: "configuration of statsmirror", Entries: keys,
		Document: "configuration.md", text: configuration, columns: []string{"key", "default", "meaning"},
	}
}

// Events returns the page about the log, whose events are the entries.
func Events(all []Entry) Page {
	return Page{
		Name: "statsmirror-events", Section: 7, Title: "events that statsmirror logs", Entries: all,
		Document: "events.md", text: events, columns: []string{"event", "meaning, and what to do"},
	}
}
