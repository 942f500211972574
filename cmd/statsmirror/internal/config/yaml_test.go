package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nested returns n nested blocks.
func nested(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestYAMLIsBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"bom":                {"\ufeffa: b\n", ""},
		"empty":              {"", ""},
		"header":             {"# comment\n---\na: b\n", ""},
		"directive":          {"%YAML 1.2\n---\na: b\n", ""},
		"end":                {"a: b\n...\n", ""},
		"stars":              {"a: b*c\nd: '*e'\nf: \"&g\"\nh: i & j\nk: |\n  *l\n", ""},
		"DaCapo's example":   {"type: files\nruns_base_dir: /x\ncompute_context:\n  type: Bsub\n  config: {queue: gpu, gpus: [0, 1]}\n", ""},
		"alias":              {"a: &b c\nd: *b\n", "[1:4] anchors and aliases"},
		"two documents":      {"a: b\n---\nc: d\n", "[2:1] a second document"},
		"after the end":      {"a: b\n...\nc: d\n", "[3:1] a second document"},
		"two empty ones":     {"---\n---\n", "[2:1] a second document"},
		"not UTF-8":          {"a: \xff\n", "is not UTF-8"},
		"UTF-16":             {"\xff\xfea\x00:\x00", "is not UTF-8"},
		"too long":           {strings.Repeat("x", yamlBytes+1), "is longer than"},
		"long line":          {"a: " + strings.Repeat("x", yamlLine), "[1:16384] the line"},
		"blank lines":        {"a: |\n" + strings.Repeat("  \n", 200), "[102:1] there are more than 100 blank lines"},
		"brackets":           {strings.Repeat("[", 200_000), "has more than 20000"},
		"brackets by line":   {strings.Repeat("[\n", 5_000), "nested more than"},
		"braces":             {strings.Repeat("{a: ", 1000), "nested more than"},
		"dashes":             {strings.Repeat("- ", 1000), "nested more than"},
		"questions":          {strings.Repeat("? ", 1000), "nested more than"},
		"blocks":             {nested(1000), "nested more than"},
		"many values":        {"a:\n" + strings.Repeat("- b\n", 100_000), "has more than 20000"},
		"many keys":          {strings.Repeat("a: b\n", 100_000), "has more than 20000"},
		"colons":             {strings.Repeat("a: ", 5000), "nested more than"},
		"tags":               {strings.Repeat("!!str ", 2000), ""},
		"an open quote":      {"a: \"b\n", ""},
		"sixty blocks":       {nested(60), ""},
		"control characters": {"a: \x00\x1b\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.yaml")
			write(t, path, c.text)
			text, err := readYAML(path)
			switch {
			case c.want == "" && name != "an open quote" && err != nil:
				t.Errorf("got the error %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want an error with %q", err, c.want)
			case err == nil && strings.HasPrefix(string(text), "\ufeff"):
				t.Error("the byte order mark is part of the text")
			}
			_, _ = dacapoStats(path) // ends
		})
	}
}

// TestHostileYAMLTakesLittleTime repeats parts as often as a file can hold them. Reading still
// takes little time.
func TestHostileYAMLTakesLittleTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.yaml")
	parts := []string{
		"[", "{", "- ", "\"", "&a ", "!", "|\n a\n", "'", "? ", "%", "*a ", "a: ", "a: b\n", "- a\n", "[a],", "\"a\" ", ",", "a", "a\n", "a b\n",
		"a: |\n  x\n", "<<: {}\n", "]", "!!str ", "a: |\n \n\n \n a\n", ": ", "\t", "\n a", "#\n", "--- a\n", "a:\n", "{a: [b]}\n", "é", "a: 'b\n\n",
	}
	for _, part := range parts {
		for _, around := range []string{"", "a: |\n", "["} {
			line := strings.Repeat(part, 1000/len(part))
			write(t, path, withSigns(around+strings.Repeat("  "+line+"\n", yamlBytes/(len(line)+3)-1)))
			began := time.Now()
			_, _ = dacapoStats(path)
			if took := time.Since(began); took > 20*time.Second { // the machine may be busy
				t.Errorf("%q in %q takes %v", part, around, took)
			}
		}
	}
}

// withSigns returns as much of a text as has the allowed number of signs.
func withSigns(text string) string {
	signs := 0
	for i := range len(text) {
		if signs += countSigns([]byte{text[i]}); signs > yamlSigns {
			return text[:i]
		}
	}
	return text
}

// TestYAMLOfNoFile shows that a pipe and a device are refused without waiting.
func TestYAMLOfNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{pipe: "is a pipe or a device", "/dev/zero": "is a pipe or a device", dir: "is a directory", dir + "/none": "no such file"} {
		for _, f := range []*Flags{{File: path}, {DaCapo: path}} {
			if _, err := f.Load(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: got %v, want an error with %q", path, err, want)
			}
		}
	}
	for _, bomb := range []string{"testdata/yaml/bomb.yaml", "testdata/yaml/bomb2.yaml"} {
		if _, err := os.Stat(bomb); err != nil {
			t.Fatal(err)
		}
		if _, err := dacapoStats(bomb); err == nil || !strings.Contains(err.Error(), "anchors and aliases") {
			t.Errorf("%s: got %v", bomb, err)
		}
	}
}
