package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// Flags are the flags of the command line. They override the configuration file.
type Flags struct {
	File      string // the configuration file
	Stats     string
	DaCapo    string // a file, or DaCapoAuto
	State     string
	Backups   []string
	LogLevel  string
	LogFormat string
	Criteria  Criteria

	KeepGenerations uint32 // fits an int
	KeepFor         Duration
}

// NamesPlace reports whether any flag says where data is.
func (f *Flags) NamesPlace() bool {
	return f.Stats != "" || f.DaCapo != "" || f.State != "" || len(f.Backups) > 0
}

// PlaceArgs returns, as given, the flags that say where data is.
func (f *Flags) PlaceArgs() []string {
	var given []string
	for _, flag := range []struct{ name, value string }{{"--config", f.File}, {"--dacapo-config", f.DaCapo}, {"--stats", f.Stats}, {"--state", f.State}} {
		switch {
		case flag.value == "":
		case flag.name == "--dacapo-config":
			given = append(given, flag.name+"="+flag.value)
		default:
			given = append(given, flag.name, flag.value)
		}
	}
	return given
}

// Load reads the configuration file, if there is one, and lays the flags over it.
func (f *Flags) Load() (Config, error) {
	path := f.File
	if path == "" && !f.NamesPlace() {
		if _, err := os.Stat(DefaultFile); !errors.Is(err, fs.ErrNotExist) {
			path = DefaultFile
		}
	}
	var c Config
	if path != "" {
		var err error
		if c, err = readConfig(path); err != nil {
			return Config{}, &usage.Error{Err: err}
		}
	}
	c.keys = systemd.AccessKeyFiles(path)
	if f.Stats == "" && f.DaCapo == "" {
		c.unit, _ = systemd.Unit(path)
	}
	if err := c.placeStats(f); err != nil {
		return Config{}, &usage.Error{Err: err}
	}
	c.State = cmp.Or(Path(f.State), c.State)
	if len(f.Backups) > 0 {
		c.Backups = nil
		for _, location := range f.Backups {
			b, err := newBackup(location)
			if err != nil {
				return Config{}, &usage.Error{Err: err}
			}
			c.Backups = append(c.Backups, b)
		}
	}
	c.KeepGenerations = cmp.Or(Count(f.KeepGenerations), c.KeepGenerations)
	c.KeepFor = cmp.Or(f.KeepFor, c.KeepFor)
	if f.Criteria.List != nil {
		c.Criteria = f.Criteria
	}
	c.LogLevel = cmp.Or(f.LogLevel, c.LogLevel)
	c.LogFormat = cmp.Or(f.LogFormat, c.LogFormat)
	if wrong := c.check(); wrong != nil {
		return Config{}, &usage.Error{Err: wrong}
	}
	return c, nil
}

// placeStats decides where the stats tree is. A flag for it overrides the configuration file.
func (c *Config) placeStats(f *Flags) error {
	if f.Stats != "" || f.DaCapo != "" {
		c.Stats, c.DaCapo = Path(f.Stats), Path(f.DaCapo)
	}
	if c.DaCapo == "" {
		stats, err := treePath(string(c.Stats))
		if err != nil {
			return fmt.Errorf("stats tree: %w", err)
		}
		c.Stats = Path(stats)
		return nil
	}
	if c.Stats != "" {
		return errors.New("the stats tree and DaCapo's configuration, which names one, exclude each other; give one of stats and dacapo_config, or of --stats and --dacapo-config")
	}
	stats, err := dacapoStats(string(c.DaCapo))
	c.Stats, c.warning = Path(stats), tildeWarning(stats)
	return err
}
