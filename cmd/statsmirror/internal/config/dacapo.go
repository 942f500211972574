package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"statsmirror/cmd/statsmirror/internal/term"
)

// DaCapoAuto stands for the dacapo.yaml that DaCapo itself would read.
const DaCapoAuto = "auto"

// dacapoStats returns the stats tree that DaCapo uses with the configuration in a dacapo.yaml, or
// without one. As in DaCapo, a relative runs_base_dir starts at the working directory, even one
// that begins with ~.
func dacapoStats(path string) (string, error) {
	if path == DaCapoAuto {
		var found bool
		if path, found = findDaCapoConfig(); !found {
			return defaultStats()
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
		return "", fmt.Errorf("DaCapo's configuration %s has type %q, which keeps no statistics in files; statsmirror needs type files", path, options.Type)
	case options.RunsBaseDir == "":
		return defaultStats()
	}
	base, err := treePath(options.RunsBaseDir)
	if err != nil {
		return "", fmt.Errorf("DaCapo's configuration %s has the runs_base_dir %s: %w", path, term.Printable(options.RunsBaseDir), err)
	}
	return filepath.Join(base, "stats"), nil
}

// tildeWarning warns about a stats tree in a directory called ~, which nobody wants. It returns ""
// for any other tree.
func tildeWarning(stats string) string {
	if !strings.HasPrefix(stats, "~") {
		return ""
	}
	return fmt.Sprintf("warning: the stats tree %s is below the working directory: DaCapo does not replace ~ in runs_base_dir when it stores statistics; write the whole path",
		term.Printable("./"+stats))
}

// defaultStats returns the stats tree of a DaCapo without a configuration, or whose configuration
// names none. In this case DaCapo does replace ~.
func defaultStats() (string, error) {
	return withHome("~/dacapo/stats")
}

// findDaCapoConfig looks for the files that DaCapo looks for, except one beside DaCapo's own
// sources, and returns the first that exists. DaCapo looks in a directory called ~, too.
func findDaCapoConfig() (path string, found bool) {
	looked := []string{"./dacapo.yaml", "./~/dacapo.yaml"}
	if named, ok := os.LookupEnv("DACAPO_OPTIONS_FILE"); ok {
		looked = append([]string{named}, looked...)
	}
	if user, err := withHome("~/.config/dacapo/dacapo.yaml"); err == nil {
		looked = append(looked, user)
	}
	for _, path := range looked {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, true
		}
	}
	return "", false
}

// withHome replaces a leading ~ with the user's home directory.
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
