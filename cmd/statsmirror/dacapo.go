package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

// dacapoAuto stands for the dacapo.yaml that DaCapo itself would read.
const dacapoAuto = "auto"

// dacapoStats returns the stats tree that DaCapo uses with the configuration in a
// dacapo.yaml. A runs_base_dir that is relative is so to the working directory, as
// for DaCapo.
func dacapoStats(path string) (string, error) {
	if path == dacapoAuto {
		var err error
		if path, err = findDaCapoConfig(); err != nil {
			return "", err
		}
	}
	text, err := readYAML(path)
	if _, named := errors.AsType[*fs.PathError](err); named {
		return "", fmt.Errorf("read DaCapo's configuration: %w", err)
	}
	if err != nil {
		return "", fmt.Errorf("read DaCapo's configuration %s: %w", path, err)
	}
	var options struct {
		Type        string `yaml:"type"`
		RunsBaseDir string `yaml:"runs_base_dir"`
	}
	if err := yaml.Unmarshal(text, &options); err != nil {
		return "", fmt.Errorf("read DaCapo's configuration %s:\n%w", path, err)
	}
	switch {
	case options.Type != "" && options.Type != "files":
		return "", fmt.Errorf("DaCapo's configuration %s has type %q: the statistics are in no files; statsmirror mirrors those of type files", path, options.Type)
	case options.RunsBaseDir == "":
		return defaultStats()
	}
	base, err := treePath(options.RunsBaseDir)
	if err != nil {
		return "", fmt.Errorf("DaCapo's configuration %s has the runs_base_dir %s: %w", path, printable(options.RunsBaseDir), err)
	}
	base, err = withHome(base)
	return filepath.Join(base, "stats"), err
}

// defaultStats returns the stats tree of a DaCapo whose configuration names none.
func defaultStats() (string, error) {
	return withHome("~/dacapo/stats")
}

// findDaCapoConfig returns the first configuration that is there of those that DaCapo
// looks for, but for one beside its own sources.
func findDaCapoConfig() (string, error) {
	looked := []string{"./dacapo.yaml"}
	if named, ok := os.LookupEnv("DACAPO_OPTIONS_FILE"); ok {
		looked = append([]string{named}, looked...)
	}
	if user, err := withHome("~/.config/dacapo/dacapo.yaml"); err == nil {
		looked = append(looked, user)
	}
	for _, path := range looked {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
	}
	return "", fmt.Errorf("no configuration of DaCapo: there is no %s; name it, --dacapo-config=FILE", strings.Join(looked, ", "))
}

// withHome puts the user's home directory for a leading ~.
func withHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && rest[0] != '/' {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	return home + rest, nil
}

// joinDaCapoConfig makes one of the flag --dacapo-config and the file that follows it:
// the flag can stand alone too, so what follows is a file if it is called like one.
func joinDaCapoConfig(args []string) []string {
	var joined []string
	for i, arg := range args {
		last := len(joined) - 1
		switch {
		case arg == "--":
			return append(joined, args[i:]...)
		case last >= 0 && joined[last] == "--dacapo-config" && isYAML(arg):
			joined[last] += "=" + arg
		default:
			joined = append(joined, arg)
		}
	}
	return joined
}

func isYAML(name string) bool {
	extension := filepath.Ext(name)
	return extension == ".yaml" || extension == ".yml"
}
