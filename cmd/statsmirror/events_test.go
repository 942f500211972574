package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/mirror/event"
	"statsmirror/store"
)

var update = flag.Bool("update", false, "write the files that are made from tables of the code")

// TestCatalogIsMadeFromTheEvents compares the catalog of messages, by which "journalctl -x"
// explains an entry, with the events in the code.
//
// See https://systemd.io/CATALOG for its format.
func TestCatalogIsMadeFromTheEvents(t *testing.T) {
	t.Parallel()
	var catalog strings.Builder
	catalog.WriteString("# The events of statsmirror, for \"journalctl -x\". Generated: " + remake + "\n")
	for name, meaning := range sortedEvents() {
		about, _, _ := strings.Cut(name, ".")
		subject := name + map[string]string{"run": " @RUN@", "backup": " @BACKUP@"}[about]
		fmt.Fprintf(&catalog, "\n-- %s\nSubject: %s\nDefined-By: statsmirror\nDocumentation: man:statsmirror-events(7)\n\n%s",
			journal.MessageID(name), subject, wrapped(inCapitals(sentence(meaning)), 80))
	}
	held(t, "../../packaging/systemd/statsmirror.catalog", catalog.String())
}

// TestEveryEventIsExplained finds constants with the name of an event that are in no table.
func TestEveryEventIsExplained(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"internal/service", "internal/journal", "../../mirror/event", "../../watcher"} {
		for _, event := range constants(t, dir, isEvent) {
			if events()[event] == "" {
				t.Errorf("%s: the event %s is not explained", dir, event)
			}
		}
	}
}

// TestAlarmsKnowEveryEventThatNeedsAPerson compares the rules of packaging/alarms.sh with the
// events in the code, and operations.md with the rules.
func TestAlarmsKnowEveryEventThatNeedsAPerson(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../packaging/alarms.sh")
	if err != nil {
		t.Fatal(err)
	}
	const operations = "../../packaging/docs/operations.md"
	known := regexp.MustCompile(`[a-z]+\.[a-z_]+`).FindAllString(string(rules), -1)
	for event, meaning := range sortedEvents() {
		if !strings.HasSuffix(meaning, "Nothing to do") && !slices.Contains(known, event) {
			t.Errorf("no alarm says that %s needs a person, or that it does not", event)
		}
	}
	list := regexp.MustCompile(`(?m)^events='([^']*)'`).FindSubmatch(rules)
	if list == nil {
		t.Fatal("the rules have no list of events")
	}
	alarming := strings.Fields(string(list[1]))
	for _, event := range alarming {
		if events()[event] == "" {
			t.Errorf("there is no event %s", event)
		}
	}
	if want := `EVENT=~"` + strings.Join(alarming, "|") + `"`; !strings.Contains(document(t, operations), want) {
		t.Errorf("%s does not have %s", operations, want)
	}
}

// TestEveryFieldIsExplained finds fields of package event that the manual does not explain.
func TestEveryFieldIsExplained(t *testing.T) {
	t.Parallel()
	var explained []string
	for _, field := range event.Fields {
		explained = append(explained, field.Name)
	}
	slices.Sort(explained)
	isField := func(_, name string) bool { return strings.HasPrefix(name, "Field") }
	fields := constants(t, "../../mirror/event", isField)
	slices.Sort(fields)
	if diff := cmp.Diff(fields, explained); diff != "" {
		t.Error(diff)
	}
}

// constants returns the values of the string constants in a directory of Go files that wanted
// accepts, by package and name.
func constants(t *testing.T, dir string, wanted func(pkg, name string) bool) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all []string
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) == 0 || !wanted(file.Name.Name, spec.Names[0].Name) {
				return true
			}
			if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING {
				name, err := strconv.Unquote(value.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, name)
			}
			return true
		})
	}
	if len(all) == 0 {
		t.Fatalf("%s: no such constants", dir)
	}
	return all
}

// isEvent reports whether the name of a constant is that of an event.
func isEvent(pkg, name string) bool {
	if pkg == "event" {
		return !strings.HasPrefix(name, "Field")
	}
	return strings.HasPrefix(name, "event") || strings.HasPrefix(name, "Event")
}

// inCapitals writes fields as the journal names them, without the "=": an entry may lack the field,
// and "ERR=:" would look like a value that is missing here. Keys of the configuration and kinds of
// statistics are quoted.
func inCapitals(text string) string {
	field := regexp.MustCompile("`[a-z_0-9]+(=[a-z]+)?`")
	text = field.ReplaceAllStringFunc(text, func(s string) string {
		name, value, given := strings.Cut(strings.Trim(s, "`"), "=")
		isKey := slices.ContainsFunc(config.Settings, func(k config.Setting) bool { return k.Key == name })
		switch {
		case isKey || store.IsKind(name):
			return s
		case given:
			return strings.ToUpper(name) + "=" + value
		}
		return strings.ToUpper(name)
	})
	return strings.ReplaceAll(text, "`", "\"")
}

// TestCatalogTellsFieldsFromKeys reads a field, which may be missing, and words that are not fields.
func TestCatalogTellsFieldsFromKeys(t *testing.T) {
	t.Parallel()
	text := "see `err`: `diverged=true`, `keep_for`, `training_stats`, `statsmirror show`"
	if got, want := inCapitals(text), `see ERR: DIVERGED=true, "keep_for", "training_stats", "statsmirror show"`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// wrapped breaks text into lines of at most so many columns.
func wrapped(text string, columns int) string {
	var lines strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > columns:
			lines.WriteByte('\n')
			column = 0
		default:
			lines.WriteByte(' ')
			column++
		}
		lines.WriteString(word)
		column += len(word)
	}
	return lines.String() + "\n"
}

// remake is the command that makes the files generated from tables of the code.
const remake = "go test ./cmd/statsmirror -run Made -update"

// held checks that a file has a content. With -update it writes the content.
func held(t *testing.T, path, content string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(content, string(got)); diff != "" {
		t.Errorf("%s: %s\nrun: %s", path, diff, remake)
	}
}
