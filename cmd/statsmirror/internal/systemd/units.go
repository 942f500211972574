package systemd

import (
	"os"
	"path/filepath"
	"strings"
)

const (
	serviceName = "statsmirror"      // also the user of the service
	unitConfigs = "/etc/statsmirror" // the directory with the configurations of units
	unitStates  = "/var/lib"         // the directory with their state directories, which they name by StateDirectory=
)

// Unit returns the unit that reads a configuration file: statsmirror-NAME is the instance NAME. ok
// is false if no unit reads the file.
func Unit(config string) (name string, ok bool) {
	path, err := filepath.Abs(config)
	instance, isYAML := strings.CutSuffix(filepath.Base(path), ".yaml")
	switch {
	case err != nil || config == "" || !isYAML || filepath.Dir(path) != unitConfigs:
		return "", false
	case instance == serviceName:
		return serviceName, true
	}
	return serviceName + "-" + instance, true
}

// UnitOf is Unit. For a file that no unit reads it returns the unit without an instance.
func UnitOf(config string) string {
	if unit, ok := Unit(config); ok {
		return unit
	}
	return serviceName
}

// StateDir returns the state directory that systemd makes for a unit.
func StateDir(unit string) string { return filepath.Join(unitStates, unit) }

// credstores are where systemd looks for the credential that a unit names.
var credstores = []string{"/etc/credstore", "/run/credstore", "/usr/lib/credstore"}

// AccessKeyFiles returns the files from which systemd gives the service its access key. Only root
// may read them, so that root's commands reach the service's backups.
func AccessKeyFiles(config string) []string {
	if os.Geteuid() != 0 {
		return nil
	}
	var files []string
	for _, dir := range credstores {
		files = append(files, filepath.Join(dir, UnitOf(config)+".backup"))
	}
	return files
}
