// Package config is the configuration: a file in YAML, with the flags laid over it, and the
// places that both name. Load reads it and checks each value; Places says where a service reads
// and writes, and refuses places that overlap. The package opens no catalog and logs nothing.
//
// A YAML file may be anybody's, a dacapo.yaml least of all the user's own: it is bounded in every
// respect in which the time or the memory of the parser grows. Each error that a user can mend is
// a *usage.Error.
package config
