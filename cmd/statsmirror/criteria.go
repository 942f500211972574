package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
)

// registerCriteria adds the flag that names criteria.
func (f *flags) registerCriteria(cmd *cobra.Command) {
	cmd.Flags().Var(&f.Criteria, "criteria", "`names` of the criteria of validation scores, with the better direction: dice:max,voi:min, or DaCapo's binary, instance or dummy (default the configuration's, else those of the run's task in DaCapo's configs beside --stats, else numbers)")
	completeFlag(cmd, "criteria", criteria.SetNames()...)
}

// naming returns where the names of criteria come from.
func (f *flags) naming() (criteria.Naming, error) {
	config, err := f.Load()
	naming := criteria.Naming{Given: f.Criteria.List}
	if naming.Given == nil {
		naming.Usual = config.Criteria.List
	}
	if config.Stats != "" {
		naming.Configs = filepath.Join(filepath.Dir(filepath.Clean(string(config.Stats))), "configs")
	}
	return naming, err
}
