// Package config is the configuration: a YAML file, with the flags laid over it, and the places
// that both name. Load reads it and checks each value. Places says where a service reads and
// writes, and refuses places that overlap. The package opens no catalog and logs nothing.
//
// A YAML file may come from anybody, a dacapo.yaml most of all. So the file is bounded in every
// respect that costs the parser time or memory. Each error that a user can fix is a *usage.Error.
package config
