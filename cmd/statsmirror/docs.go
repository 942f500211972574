package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"statsmirror/cmd/statsmirror/internal/fish"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// newDocsCommand returns the command that makes the manual for packages. The help does not list it.
func newDocsCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "docs DIR",
		Short:  "Write man pages and shell completions into a directory",
		Long:   "Write man pages into DIR/man and completions for bash, zsh and fish into DIR/completions. The\npages bear the date of $SOURCE_DATE_EPOCH if it is set.",
		Hidden: true,
		Args:   usage.Arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if err := errors.Join(writeManual(root, filepath.Join(args[0], "man")), writeCompletions(root, filepath.Join(args[0], "completions"))); err != nil {
				return fmt.Errorf("write documentation: %w", err)
			}
			return nil
		},
	}
}

// writeManual writes the pages of the manual into one directory per section.
func writeManual(root *cobra.Command, dir string) error {
	date, err := manualDate()
	if err != nil {
		return err
	}
	commands := filepath.Join(dir, "man1")
	if err := os.MkdirAll(commands, 0o755); err != nil {
		return err
	}
	if err := doc.GenManTree(root, &doc.GenManHeader{Source: "statsmirror", Manual: "statsmirror manual", Date: &date}, commands); err != nil {
		return err
	}
	references := ""
	for _, page := range manualPages() {
		references += fmt.Sprintf(", \\fB%s(%d)\\fP", page.Name, page.Section)
		section := filepath.Join(dir, fmt.Sprintf("man%d", page.Section))
		if err := os.MkdirAll(section, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(section, page.File()), page.Man(date), 0o644); err != nil {
			return err
		}
	}
	return seeAlso(filepath.Join(commands, root.Name()+".1"), references)
}

// seeAlso appends to the references at the end of a page.
func seeAlso(path, references string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(bytes.TrimRight(page, "\n"), references+"\n"...), 0o644)
}

// manualDate returns $SOURCE_DATE_EPOCH, or now if it is not set.
func manualDate() (time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q; it must be the seconds since 1970", epoch)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

func writeCompletions(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(
		root.GenBashCompletionFileV2(filepath.Join(dir, "statsmirror.bash"), true),
		root.GenZshCompletionFile(filepath.Join(dir, "_statsmirror")),
		fish.WriteFile(root, filepath.Join(dir, "statsmirror.fish")),
	)
}
