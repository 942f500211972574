package statstest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// WantInFormat checks that the table in FORMAT.md, which is at path, limits a file to that many
// bytes.
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
