package usage

import (
	"strings"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/term"
)

// Suggestion is the text after an unknown word: the known words that may be meant, or else all of
// them.
func Suggestion(word string, known []string) string {
	if meant := Nearest(word, known); meant != "" {
		return meant
	}
	return "; known are " + strings.Join(known, ", ")
}

// Nearest is the text after an unknown word if the known words are too many to list: the words that
// may be meant; "" for none.
func Nearest(word string, known []string) string {
	all := &cobra.Command{}                   // cobra knows which words are near
	whole := strings.NewReplacer(" ", "\x00") // cobra takes the first word as a command's name
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
