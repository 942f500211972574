package main

import (
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/cmd/statsmirror/internal/config"
)

// TestDocumentsAreMadeFromTheTables compares packaging/docs with the keys and events of the code.
func TestDocumentsAreMadeFromTheTables(t *testing.T) {
	t.Parallel()
	for _, page := range manualPages() {
		held(t, filepath.Join("../../packaging/docs", page.Document), string(page.Markdown(remake)))
	}
}

// TestSampleConfigurationIsMadeFromTheSettings compares the file that packages install with the
// settings of the code.
func TestSampleConfigurationIsMadeFromTheSettings(t *testing.T) {
	t.Parallel()
	var sample strings.Builder
	sample.WriteString(sampleHead)
	for _, s := range config.Settings {
		text := s.Meaning + " " + s.Values()
		if s.Initial != "" && !strings.HasPrefix(s.Sample, "#"+s.Key+": "+strings.Trim(s.Initial, "`")) {
			text += " Default: " + s.Initial + "."
		}
		for line := range strings.Lines(wrapped(strings.ReplaceAll(text, "`", ""), 88)) {
			sample.WriteString("# " + line)
		}
		sample.WriteString(s.Sample + "\n\n")
	}
	held(t, "../../packaging/statsmirror.yaml", strings.TrimSuffix(sample.String(), "\n"))
}

const sampleHead = `# statsmirror's configuration, see statsmirror.yaml(5). Generated: ` + remake + `
#
# Every key is here, with its default where it has one; unknown keys are errors. After a change:
#
#     statsmirror check-config && systemctl reload statsmirror
#
# In stats, dacapo_config, state and backups, ${NAME} stands for the environment variable
# NAME, ${CREDENTIALS_DIRECTORY} for the directory that the unit's LoadCredential= fills.
# Relative paths are relative to the directory of this file.

`
