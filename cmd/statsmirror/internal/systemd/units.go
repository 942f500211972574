package systemd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	serviceName  = "statsmirror"      // also the user of the service
	unitConfigs  = "/etc/statsmirror" // the directory with the configurations of units
	unitStates   = "/var/lib"         // the directory with their state directories, which they name by StateDirectory=
	unitRuntimes = "/run"             // the directory with their runtime directories, which they name by RuntimeDirectory=
	unitsWanted  = "/etc/systemd/system/multi-user.target.wants"
)

// Root is the directory in which Units and RuntimeDir look. Tests set it, to leave their host alone.
var Root = "/"

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

// RuntimeDir returns the directory that systemd makes for a unit while it runs.
func RuntimeDir(unit string) string { return filepath.Join(Root, unitRuntimes, unit) }

// Units returns the units that are enabled or have a runtime directory, in order, under the names
// that Unit returns.
func Units() []string {
	var units []string
	enabled, _ := filepath.Glob(filepath.Join(Root, unitsWanted, serviceName+"*.service")) // the pattern is valid
	for _, path := range enabled {
		name := strings.TrimSuffix(filepath.Base(path), ".service")
		units = append(units, strings.Replace(name, "@", "-", 1))
	}
	running, _ := filepath.Glob(filepath.Join(Root, unitRuntimes, serviceName+"*"))
	for _, path := range running {
		units = append(units, filepath.Base(path))
	}
	units = slices.DeleteFunc(units, func(unit string) bool {
		return unit != serviceName && !strings.HasPrefix(unit, serviceName+"-")
	})
	slices.Sort(units)
	return slices.Compact(units)
}

// ServiceOf returns the name that systemctl has for a unit: statsmirror@NAME for statsmirror-NAME.
func ServiceOf(unit string) string { return strings.Replace(unit, "-", "@", 1) }

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
