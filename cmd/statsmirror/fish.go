package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// fishArguments is the place in cobra's script for fish that evaluates the words of a command line.
// The words are not quoted there, and may be names of runs.
const fishArguments = `__complete $args[2..-1] $lastArg"`

// fishQuoted is fishArguments with the words quoted.
const fishQuoted = `__complete $quoted $lastArg"`

const (
	fishRequest = `    set -l requestComp "`
	fishQuotes  = `    set -l quoted (string escape -- $args[2..-1])` + "\n"
)

// writeFishCompletion writes the completion script for fish.
func writeFishCompletion(root *cobra.Command, w io.Writer, descriptions bool) error {
	var script bytes.Buffer
	if err := root.GenFishCompletion(&script, descriptions); err != nil {
		return err
	}
	text := script.Bytes()
	if bytes.Count(text, []byte(fishArguments)) != 1 || bytes.Count(text, []byte(fishRequest)) != 1 {
		return errors.New("this version of the script for fish cannot be changed to quote words") // cobra has changed its script
	}
	text = bytes.Replace(text, []byte(fishArguments), []byte(fishQuoted), 1)
	text = bytes.Replace(text, []byte(fishRequest), []byte(fishQuotes+fishRequest), 1)
	_, err := w.Write(text)
	return err
}

func writeFishCompletionFile(root *cobra.Command, name string) error {
	var script bytes.Buffer
	if err := writeFishCompletion(root, &script, true); err != nil {
		return fmt.Errorf("complete in fish: %w", err)
	}
	return os.WriteFile(name, script.Bytes(), 0o644)
}

// safeFishCompletion makes "completion fish" print the script with quoted words.
func safeFishCompletion(root *cobra.Command) {
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
		return writeFishCompletion(root, cmd.OutOrStdout(), !plain)
	}
}
