package main

import (
	"os"
	"path/filepath"
	"strings"
)

// credstores are where systemd looks for the credential that a unit names.
var credstores = []string{"/etc/credstore", "/run/credstore", "/usr/lib/credstore"}

// accessKeyFiles returns the files from which systemd gives the service its access key.
// Only root may read them: its commands reach the backups that the service does.
func accessKeyFiles(config string) []string {
	if os.Geteuid() != 0 {
		return nil
	}
	var files []string
	for _, dir := range credstores {
		files = append(files, filepath.Join(dir, unitOf(config)+".backup"))
	}
	return files
}

// unitOf names what the service with a configuration file goes by in the units:
// statsmirror-NAME is the instance NAME.
func unitOf(config string) string {
	if unit, ok := unitWith(config); ok {
		return unit
	}
	return allUnits
}

const (
	allUnits    = "statsmirror"
	unitConfigs = "/etc/statsmirror" // the directory with the configurations of units
)

// unitWith returns the unit that reads a configuration file. It is not ok if none does.
func unitWith(config string) (unit string, ok bool) {
	path, err := filepath.Abs(config)
	name, isYAML := strings.CutSuffix(filepath.Base(path), ".yaml")
	switch {
	case err != nil || config == "" || !isYAML || filepath.Dir(path) != unitConfigs:
		return "", false
	case name == allUnits:
		return allUnits, true
	}
	return allUnits + "-" + name, true
}
