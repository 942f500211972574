package packaging

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// counted matches a number before the plural of a thing that there may be one of.
	counted = regexp.MustCompile(`%[dv] ([a-z-]+ )?(backups|changes|columns|copies|criteria|curves|datasets|days|directories|files|generations|` +
		`hours|iterations|lines|links|minutes|names|ones|pages|places|points|requests|rows|runs|scores|seconds|services|snapshots|times|units)\b`)

	// severalOnly matches such a number if it is a bound, which is never 1.
	severalOnly = regexp.MustCompile(`(at most|more than|the first [^,;]* of) $`)

	// optional matches a plural that leaves the choice to the reader, as in "run(s)".
	optional = regexp.MustCompile(`[a-z]\((s|es)\)`)
)

// speakers are packages whose texts people read with any number in them. The others describe damaged
// or hostile bytes.
var speakers = []string{"cmd", "watcher", "store", "mirror"}

// deaf are the packages that describe bytes and tests.
var deaf = regexp.MustCompile(`^(store/pickle|mirror/snapshot|mirror/backup/backuptest|mirror/internal)(/|$)`)

// TestOneThingIsNotCountedAsMany finds texts in the code such as "%d runs", which would print
// "1 runs". store.Count gives "1 run".
func TestOneThingIsNotCountedAsMany(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"%d runs", "wrote %d ended generations", "%v files", "row(s)"} {
		if !miscounts(text) {
			t.Errorf("%q passes", text)
		}
	}
	seen := 0
	for _, dir := range speakers {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
			name, _ := filepath.Rel("..", path)
			switch {
			case err != nil:
				return err
			case d.IsDir() && deaf.MatchString(filepath.ToSlash(name)):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for line, text := range literals(name, content) {
				seen++
				if miscounts(text) {
					t.Errorf("%s:%d: %s: use store.Count", name, line, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 1000 {
		t.Errorf("only %d texts were found", seen)
	}
}

func miscounts(text string) bool {
	for _, at := range counted.FindAllStringIndex(text, -1) {
		if !severalOnly.MatchString(text[:at[0]]) {
			return true
		}
	}
	return optional.MatchString(text)
}

// literals yields the texts in Go code, and their lines.
func literals(name string, content []byte) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		files := token.NewFileSet()
		file := files.AddFile(name, files.Base(), len(content))
		var s scanner.Scanner
		s.Init(file, content, nil, 0)
		for {
			at, kind, text := s.Scan()
			if kind == token.EOF || kind == token.STRING && !yield(file.Line(at), text) {
				return
			}
		}
	}
}
