package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"statsmirror/cmd/statsmirror/internal/term"
)

// suggestion is what to say after an unknown word: which of the known ones may
// be meant, or else all of them.
func suggestion(word string, known []string) string {
	if meant := nearest(word, known); meant != "" {
		return meant
	}
	return "; known are " + strings.Join(known, ", ")
}

// nearest is what to say after an unknown word of so many known ones that they are
// not all told: which may be meant, "" for none.
func nearest(word string, known []string) string {
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

// flagError says what is wrong with a flag of a command.
func flagError(cmd *cobra.Command, err error) error {
	meant := ""
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && errors.Is(err, strconv.ErrSyntax) && invalid.GetFlag().Value.Type() != "bool" {
		err = fmt.Errorf("--%s is %q; it must be a number", invalid.GetFlag().Name, invalid.GetValue())
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		slices.Sort(known)
		meant = nearest(unknown.GetSpecifiedName(), known)
		meant = strings.NewReplacer("mean ", "mean --", " or ", " or --").Replace(meant)
	}
	return usageErrorf("%w%s; see \"%s --help\"", err, strings.TrimSuffix(meant, "?"), cmd.CommandPath())
}

// missingRun says that no archive has a run, and which runs there are that may be meant.
func missingRun(run, where string, runs []string) error {
	return fmt.Errorf("no run %s in %s%s; \"statsmirror ls\" lists them", term.Printable(run), where, strings.TrimSuffix(nearest(run, runs), "?"))
}

func commandNames(parent *cobra.Command) []string {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}
