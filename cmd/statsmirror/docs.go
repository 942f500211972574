package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newDocsCommand is for those who make packages, and hidden from others.
func newDocsCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "docs DIR",
		Short:  "Write man pages and shell completions into a directory",
		Long:   "Write man pages into DIR/man and completions for bash, zsh and fish into DIR/completions. The\npages bear the date of $SOURCE_DATE_EPOCH if it is set.",
		Hidden: true,
		Args:   arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			man, completions := filepath.Join(args[0], "man"), filepath.Join(args[0], "completions")
			if err := errors.Join(os.MkdirAll(man, 0o755), os.MkdirAll(completions, 0o755)); err != nil {
				return fmt.Errorf("write documentation: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			err := errors.Join(
				doc.GenManTree(root, &doc.GenManHeader{Source: "statsmirror", Manual: "statsmirror manual"}, man),
				root.GenBashCompletionFileV2(filepath.Join(completions, "statsmirror.bash"), true),
				root.GenZshCompletionFile(filepath.Join(completions, "_statsmirror")),
				writeFishCompletionFile(root, filepath.Join(completions, "statsmirror.fish")),
			)
			if err != nil {
				return fmt.Errorf("write documentation: %w", err)
			}
			return nil
		},
	}
}
