package usage

import (
	"strings"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/term"
)

// Suggestion is what to say after an unknown word: which of the known words may be meant, or
// else all of them.
func Suggestion(word string, known []string) string {
	if meant := Nearest(word, known); meant != "" {
		return meant
	}
	return "; known are " + strings.Join(known, ", ")
}

// Nearest is what to say after an unknown word if the known words are too many to list:
// which of them may be meant, "" for none.
func Nearest(word string, known []string) string {
	all := &cobra.Command{}                   // it knows which words are near
	whole := strings.NewReplacer(" ", "\x00") // a command is named by the first word
	for _, name := range known {
		all.AddCommand(&cobra.Command{Use: whole.Replace(name), Run: func(*cobra.Command, []string) {}})
	}
	var near []string
	for all.SuggestionsMinimumDistance = 1; len(near) == 0 && all.SuggestionsMinimumDistance <= 2; all.SuggestionsMinimumDistance++ {
		near = all.SuggestionsFor(whole.Replace(word))
	}
	if len(near) == 0 {
		return ""
	}
	const told = 3
	var names []string
	for _, name := range near[:min(told, len(near))] {
		names = append(names, term.Printable(strings.ReplaceAll(name, "\x00", " ")))
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}
