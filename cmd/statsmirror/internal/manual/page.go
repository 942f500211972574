package manual

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// Page is a page of the manual.
type Page struct {
	Name    string // as man finds it, "statsmirror.yaml"
	Section int    // of the manual, 5 for files
	Title   string // what the page is about, in a few words

	Document string // the file name of the Markdown document

	text   string // Markdown, with the name of each table in braces: {keys}
	tables map[string]table
}

// table is a list of explained things on a page.
type table struct {
	columns []string // the heads; of three, the second is for the defaults
	entries []Entry
}

// Entry explains one thing of a table. Its texts are Markdown.
type Entry struct {
	Name    string
	Default string // of a key; may be empty
	Meaning string // whole sentences
}

// File is the name of the manual page's file.
func (p Page) File() string { return fmt.Sprintf("%s.%d", p.Name, p.Section) }

// Man returns the manual page in roff.
func (p Page) Man(date time.Time) []byte {
	head := fmt.Sprintf("%% %q \"%d\" %q \"statsmirror\" \"statsmirror manual\"\n# NAME\n%s \\- %s\n\n",
		strings.ToUpper(p.Name), p.Section, date.Format("Jan 2006"), p.Name, p.Title)
	heading := regexp.MustCompile(`(?m)^## .*`)
	text := heading.ReplaceAllStringFunc(p.withTables(table.definitions), func(line string) string { return strings.ToUpper(line[1:]) })
	return md2man.Render([]byte(head + text))
}

// Markdown returns the document. The first line names the command that makes it.
func (p Page) Markdown(command string) []byte {
	title := strings.ToUpper(p.Title[:1]) + p.Title[1:]
	return fmt.Appendf(nil, "<!-- Generated: %s -->\n\n# %s\n\nThis is also a manual page: `man %s`.\n\n%s", command, title, p.Name, p.withTables(table.markdown))
}

// withTables puts the tables into the text, in the form that render returns. It does not use
// text/template, which finds methods by name: the linker would keep every exported method.
func (p Page) withTables(render func(table) string) string {
	var pairs []string
	for name, t := range p.tables {
		pairs = append(pairs, "{"+name+"}\n", render(t)+"\n")
	}
	return strings.NewReplacer(pairs...).Replace(p.text)
}

// definitions returns the entries as a list of terms, which roff has and Markdown does not.
func (t table) definitions() string {
	var list strings.Builder
	for _, e := range t.entries {
		meaning := e.Meaning
		if e.Default != "" {
			meaning += " Default: " + e.Default + "."
		}
		fmt.Fprintf(&list, "**%s**\n: %s\n\n", e.Name, meaning)
	}
	return list.String()
}

// markdown returns the entries as a table of Markdown.
func (t table) markdown() string {
	var text strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	row(t.columns...)
	row(slices.Repeat([]string{"---"}, len(t.columns))...)
	for _, e := range t.entries {
		cells := []string{"`" + e.Name + "`", e.Default, strings.ReplaceAll(e.Meaning, "|", `\|`)}
		if len(t.columns) == 2 {
			cells = slices.Delete(cells, 1, 2)
		}
		row(cells...)
	}
	return text.String()
}
