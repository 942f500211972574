package statstest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// WantInFormat holds the table of FORMAT.md, which is at path, to say that a file has so many
// bytes at most.
func WantInFormat(t *testing.T, path, file string, most int64) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `"+file+"`") && strings.HasSuffix(strings.TrimSpace(line), fmt.Sprintf(" %d |", most)) {
			return
		}
	}
	t.Errorf("FORMAT.md does not say that %s has %d bytes at most", file, most)
}
