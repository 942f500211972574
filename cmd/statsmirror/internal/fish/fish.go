// Package fish makes the completion for the shell fish. cobra does not quote the words in its script.
package fish

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// arguments is the place in cobra's script for fish that evaluates the words of a command line.
// The words are not quoted there, and may be names of runs.
const arguments = `__complete $args[2..-1] $lastArg"`

// quoted is arguments with the words quoted.
const quoted = `__complete $quoted $lastArg"`

const (
	request = `    set -l requestComp "`
	quotes  = `    set -l quoted (string escape -- $args[2..-1])` + "\n"
)

// write writes the completion script for fish.
func write(root *cobra.Command, w io.Writer, descriptions bool) error {
	var script bytes.Buffer
	if err := root.GenFishCompletion(&script, descriptions); err != nil {
		return err
	}
	text := script.Bytes()
	if bytes.Count(text, []byte(arguments)) != 1 || bytes.Count(text, []byte(request)) != 1 {
		return errors.New("this version of the script for fish cannot be changed to quote words") // cobra has changed its script
	}
	text = bytes.Replace(text, []byte(arguments), []byte(quoted), 1)
	text = bytes.Replace(text, []byte(request), []byte(quotes+request), 1)
	_, err := w.Write(text)
	return err
}

// WriteFile writes the completion of a command to a file.
func WriteFile(root *cobra.Command, name string) error {
	var script bytes.Buffer
	if err := write(root, &script, true); err != nil {
		return fmt.Errorf("complete in fish: %w", err)
	}
	return os.WriteFile(name, script.Bytes(), 0o644)
}

// Quote makes the command "completion fish" print the script with quoted words.
func Quote(root *cobra.Command) {
	root.InitDefaultCompletionCmd("completion")
	fish, _, err := root.Find([]string{"completion", "fish"})
	if err != nil || fish.Name() != "fish" {
		return // there is nothing to replace
	}
	fish.RunE = func(cmd *cobra.Command, _ []string) error {
		plain, err := cmd.Flags().GetBool("no-descriptions")
		if err != nil {
			return err
		}
		return write(root, cmd.OutOrStdout(), !plain)
	}
}
