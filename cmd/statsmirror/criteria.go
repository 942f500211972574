package main

import (
	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/mirror/snapshot"
)

// registerCriteria adds the flag that names criteria.
func (f *flags) registerCriteria(cmd *cobra.Command) {
	cmd.Flags().Var(&f.Criteria, "criteria", "`names` of the criteria of validation scores, with the better direction: dice:max,voi:min, or DaCapo's binary, instance or dummy (default the configuration's, else numbers)")
	completeFlag(cmd, "criteria", criteria.SetNames()...)
}

// naming returns where the names of criteria come from.
func (f *flags) naming() (criteria.Naming, error) {
	config, err := f.Load()
	return criteria.Naming{Given: config.Criteria.List}, err
}

// criteriaOf returns the criteria of one run.
func (f *flags) criteriaOf(s *snapshot.Snapshot) (criteria.List, error) {
	naming, err := f.naming()
	if err != nil {
		return nil, err
	}
	return naming.Of(s.Run, s.Validation)
}
