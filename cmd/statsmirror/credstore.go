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
	const all = "statsmirror"
	path, err := filepath.Abs(config)
	name, isYAML := strings.CutSuffix(filepath.Base(path), ".yaml")
	if err != nil || config == "" || !isYAML || name == all || filepath.Dir(path) != filepath.Dir(defaultConfigFile) {
		return all
	}
	return all + "-" + name
}
