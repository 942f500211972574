package packaging

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
)

const readme = "../README.md"

// documents returns the texts of all documents, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{readme, "../packaging/docs/*.md", "../.github/*.md", "../mirror/snapshot/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(text)
		}
	}
	return texts
}

func TestREADMEIsShort(t *testing.T) {
	t.Parallel()
	if lines := strings.Count(documents(t)[readme], "\n"); lines > 200 {
		t.Errorf("the README has %d lines; move some of them to packaging/docs, 200 are the most", lines)
	}
}

// TestChangesFitDebian bounds the lines of the changes. The package's changelog indents them by two
// columns, and lintian allows 80.
func TestChangesFitDebian(t *testing.T) {
	t.Parallel()
	changes, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(changes)) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 78 {
			t.Errorf("more than 78 columns: %s", line)
		}
	}
}

func TestGateRunsTheTestsOfTheREADME(t *testing.T) {
	t.Parallel()
	const command = "\ngo test ./...\n"
	gate, err := os.ReadFile("../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(documents(t)[readme], "```sh"+command+"```") || !strings.Contains(string(gate), command) {
		t.Errorf("the README and .ci/run do not both run %q", command)
	}
}

// TestLinksOfDocumentsLeadSomewhere follows the links and pictures of documents, except those to
// other sites.
func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	links := 0
	for path, text := range texts {
		for _, found := range regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"`).FindAllStringSubmatch(text, -1) {
			link, err := url.Parse(found[1] + found[2])
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if link.IsAbs() {
				continue
			}
			links++
			target := path
			if link.Path != "" {
				target = filepath.Join(filepath.Dir(path), link.Path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link %s leads nowhere", path, link)
			} else if link.Fragment != "" && !slices.Contains(anchors(texts[target]), link.Fragment) {
				t.Errorf("%s: %s has no heading for the link %s", path, target, link)
			}
		}
	}
	if links < 20 {
		t.Errorf("%d links were found", links)
	}
}

// anchors returns the names by which links reach the headings of a document, as GitHub makes them.
func anchors(text string) (names []string) {
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// TestCommandsRunTestsThatExist compares each -run in a document with the existing tests.
func TestCommandsRunTestsThatExist(t *testing.T) {
	t.Parallel()
	commands := 0
	for path, text := range documents(t) {
		for _, found := range regexp.MustCompile("(?:-run '([^']+)'|-run ([^ '`]+))((?: \\./[^ `\n]+)+)").FindAllStringSubmatch(text, -1) {
			commands++
			names := testsIn(t, strings.Fields(found[3]))
			for pattern := range strings.SplitSeq(strings.ReplaceAll(found[1]+found[2], `\|`, "|"), "|") {
				if !slices.ContainsFunc(names, regexp.MustCompile(pattern).MatchString) {
					t.Errorf("%s: %s: no test there is named %s", path, found[0], pattern)
				}
			}
		}
	}
	if commands < 8 {
		t.Errorf("%d commands were found", commands)
	}
}

const architecture = "../packaging/docs/architecture.md"

// TestArchitectureNamesWhatExists compares the files, functions and directories in architecture.md
// with the sources, and the rooms of the sources with it.
func TestArchitectureNamesWhatExists(t *testing.T) {
	t.Parallel()
	text := documents(t)[architecture]
	named := map[string]bool{}
	for _, found := range regexp.MustCompile("`([\\w.-]+/[\\w./-]*)`").FindAllStringSubmatch(text, -1) {
		named[found[1]] = true
		if _, err := os.Stat(filepath.Join("..", found[1])); err != nil {
			t.Errorf("there is no %s", found[1])
		}
	}
	steps := regexp.MustCompile("(?m)^\\| `([\\w./]+\\.go)` \\| `(?:\\w+\\.)?(\\w+)` \\|").FindAllStringSubmatch(text, -1)
	if len(steps) < 10 {
		t.Errorf("a change takes %d steps", len(steps))
	}
	for _, step := range steps {
		source, err := os.ReadFile(filepath.Join("..", step[1]))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^(func (\([^)]*\) )?|\t)` + step[2] + `[\[(]`).Match(source) {
			t.Errorf("%s does not declare %s", step[1], step[2])
		}
	}
	all := rooms(t)
	for room := range all {
		if !named[room] {
			t.Errorf("the architecture lacks %s", room)
		}
	}
	row := regexp.MustCompile("(?m)^(\\| `([\\w./]+/)`.* \\|).* \\|$")
	want := row.ReplaceAllStringFunc(text, func(line string) string {
		cells := row.FindStringSubmatch(line)
		imports, ok := all[cells[2]]
		if !ok || strings.HasSuffix(line, "| everything |") {
			return line
		}
		return cells[1] + " " + cmp.Or(strings.Join(imports, ", "), "nothing") + " |"
	})
	if *update {
		if err := os.WriteFile(architecture, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := gocmp.Diff(want, text); diff != "" {
		t.Errorf("%s has other imports than the sources: %s\nrun: go test ./packaging -update", architecture, diff)
	}
}

// rooms returns the directories of packages, without those of package pickle alone, and the
// names of the packages of this module that each imports.
func rooms(t *testing.T) map[string][]string {
	t.Helper()
	rooms := map[string][]string{}
	for _, top := range []string{"cmd", "mirror", "store", "watcher"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, entry fs.DirEntry, err error) error {
			room, _ := filepath.Rel("..", filepath.Dir(path))
			room += "/"
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(room, "/pickle/internal/") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			imports := rooms[room]
			for _, spec := range file.Imports {
				of, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "statsmirror/")
				if ours && !strings.Contains(of, "/pickle/internal/") {
					imports = append(imports, filepath.Base(of))
				}
			}
			slices.Sort(imports)
			rooms[room] = slices.Compact(imports)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return rooms
}

// testsIn returns the names of the tests in packages, as "go test" takes their names.
func testsIn(t *testing.T, packages []string) (names []string) {
	t.Helper()
	for _, name := range packages {
		dir, all := strings.CutSuffix(name, "/...")
		top := filepath.Join("..", dir)
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() && path != top && !all {
				return cmp.Or(err, fs.SkipDir)
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, declared := range file.Decls {
				if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil {
					names = append(names, f.Name.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, "Test") })
}
