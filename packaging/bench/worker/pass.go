package main

import (
	"os"
	"path/filepath"
)

// pass examines each file of a stats tree once.
func pass(args []string) error {
	kinds, err := os.ReadDir(args[0])
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		runs, err := os.ReadDir(filepath.Join(args[0], kind.Name()))
		if err != nil {
			return err
		}
		for _, run := range runs {
			if _, err := run.Info(); err != nil {
				return err
			}
		}
	}
	return nil
}
