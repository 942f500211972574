// Package packaging holds the files that an installed statsmirror needs beside its program. The
// packages and "statsmirror service install" put them in place.
package packaging

import _ "embed"

// The files of an installation. Units start the program at Program with the
// configuration file at Config.
var (
	//go:embed systemd/statsmirror.service
	Unit string // of the system's service manager

	//go:embed systemd/statsmirror-user.service
	UserUnit string // of a user's service manager

	//go:embed systemd/statsmirror-verify.service
	VerifyUnit string // reads and hashes every snapshot again

	//go:embed systemd/statsmirror-verify-user.service
	UserVerifyUnit string // the same of a user's service manager

	//go:embed systemd/statsmirror-verify.timer
	VerifyTimer string // starts either weekly

	//go:embed systemd/sysusers.conf
	SystemUsers string // the user of the service, for systemd-sysusers

	//go:embed statsmirror.yaml
	Configuration string // a sample that documents every key
)

// Paths in the units.
const (
	Program = "/usr/bin/statsmirror"
	Config  = "%E/statsmirror/statsmirror.yaml"
)
