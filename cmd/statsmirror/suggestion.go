package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"statsmirror/cmd/statsmirror/internal/usage"
)

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
		meant = usage.Nearest(unknown.GetSpecifiedName(), known)
		meant = strings.NewReplacer("mean ", "mean --", " or ", " or --").Replace(meant)
	}
	return usage.Errorf("%w%s; see \"%s --help\"", err, strings.TrimSuffix(meant, "?"), cmd.CommandPath())
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
