package manual

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// Page is a page of the manual.
type Page struct {
	Name    string // as man finds it, "statsmirror.yaml"
	Section int    // of the manual, 5 for files
	Title   string // what the page is about, in a few words
	Entries []Entry

	Document string // the file name of the Markdown document

	text    string   // Markdown around the entries, a template
	columns []string // the heads of the table; the one in the middle, if there are three, is of Entry.Default
}

// Entry explains one thing of a page's table. Its texts are Markdown.
type Entry struct {
	Name    string
	Default string // of a key; may be empty
	Meaning string // whole sentences
}

// File is the name of the manual page's file.
func (p Page) File() string { return fmt.Sprintf("%s.%d", p.Name, p.Section) }

// Man returns the manual page in roff.
func (p Page) Man(date time.Time) ([]byte, error) {
	text, err := p.execute(p.definitions())
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("%% %q \"%d\" %q \"statsmirror\" \"statsmirror manual\"\n# NAME\n%s \\- %s\n\n",
		strings.ToUpper(p.Name), p.Section, date.Format("Jan 2006"), p.Name, p.Title)
	heading := regexp.MustCompile(`(?m)^## .*`)
	text = heading.ReplaceAllStringFunc(text, func(line string) string { return strings.ToUpper(line[1:]) })
	return md2man.Render([]byte(head + text)), nil
}

// Markdown returns the document. The first line names the command that makes it.
func (p Page) Markdown(command string) ([]byte, error) {
	text, err := p.execute(p.table())
	if err != nil {
		return nil, err
	}
	title := strings.ToUpper(p.Title[:1]) + p.Title[1:]
	return fmt.Appendf(nil, "<!-- Generated: %s -->\n\n# %s\n\nThis is also a manual page: `man %s`.\n\n%s", command, title, p.Name, text), nil
}

// execute puts the entries into the text.
func (p Page) execute(entries string) (string, error) {
	page, err := template.New(p.Name).Parse(p.text)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = page.Execute(&text, entries)
	return text.String(), err
}

// definitions returns the entries as a list of terms, which roff has and Markdown does not.
func (p Page) definitions() string {
	var list strings.Builder
	for _, e := range p.Entries {
		meaning := e.Meaning
		if e.Default != "" {
			meaning += " Default: " + e.Default + "."
		}
		fmt.Fprintf(&list, "**%s**\n: %s\n\n", e.Name, meaning)
	}
	return list.String()
}

// table returns the entries as a table.
func (p Page) table() string {
	var table strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&table, "| %s |\n", strings.Join(cells, " | ")) }
	row(p.columns...)
	row(slices.Repeat([]string{"---"}, len(p.columns))...)
	for _, e := range p.Entries {
		cells := []string{"`" + e.Name + "`", e.Default, strings.ReplaceAll(e.Meaning, "|", `\|`)}
		if len(p.columns) == 2 {
			cells = slices.Delete(cells, 1, 2)
		}
		row(cells...)
	}
	return table.String()
}
