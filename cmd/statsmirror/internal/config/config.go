package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror"
	"statsmirror/mirror/catalog"
	"statsmirror/store"
	"statsmirror/watcher"
)

// DefaultFile is read if no flag names a configuration or a place. It is a variable so that tests
// do not read the file of their host. To build a program with another default: -ldflags "-X
// statsmirror/cmd/statsmirror/internal/config.DefaultFile=FILE".
var DefaultFile = "/etc/statsmirror/statsmirror.yaml"

// Config is the content of the configuration file, overridden by flags. The setting of each key
// explains it. A key is optional; the zero value means the default in its setting.
type Config struct {
	Stats   Path     `yaml:"stats"`
	DaCapo  Path     `yaml:"dacapo_config"`
	State   Path     `yaml:"state"`
	Backups []Backup `yaml:"backups"`

	QuietPeriod    Duration        `yaml:"quiet_period"`
	RescanInterval Duration        `yaml:"rescan_interval"`
	PollInterval   Duration        `yaml:"poll_interval"`
	Polling        watcher.Polling `yaml:"polling"`
	Grace          Duration        `yaml:"grace"`
	Ignore         []Pattern       `yaml:"ignore"`
	DamagedAfter   Duration        `yaml:"damaged_after"`
	Timeout        Duration        `yaml:"timeout"`
	StopTimeout    Duration        `yaml:"stop_timeout"`

	KeepGenerations Count    `yaml:"keep_generations"`
	KeepFor         Duration `yaml:"keep_for"`

	Criteria Criteria `yaml:"criteria"`

	Metrics Path `yaml:"metrics"`

	LogLevel  string `yaml:"log_level"`
	LogFormat string `yaml:"log_format"`

	keys []string // files with the access key of object stores, see systemd.AccessKeyFiles
	unit string   // the unit whose state directory is used if none is given; "" for none

	warning string
}

// Warning returns a warning for the user; "" for none.
func (c Config) Warning() string { return c.warning }

func readConfig(path string) (Config, error) {
	data, err := readYAML(path)
	if _, named := errors.AsType[*fs.PathError](err); named {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	if err != nil {
		return Config{}, fmt.Errorf("read configuration %s: %w", path, err)
	}
	var c Config
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&c)
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		unknown.Message += usage.Suggestion(unknown.Token.Value, settingKeys())
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("read configuration %s:\n%w", path, err)
	}
	if wrong := c.check(); wrong != nil {
		return Config{}, fmt.Errorf("read configuration %s:\n%s%w", path, position(data, wrong.Key), wrong)
	}
	return c, c.resolve(filepath.Dir(path))
}

// resolve makes relative paths absolute, starting from a directory. URLs stay unchanged.
func (c *Config) resolve(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the directory of the configuration: %w", err)
	}
	places := []*Path{&c.Stats, &c.State, &c.Metrics}
	if c.DaCapo != DaCapoAuto {
		places = append(places, &c.DaCapo)
	}
	for i := range c.Backups {
		if given := &c.Backups[i].URL; !namesHost(string(*given)) {
			places = append(places, given)
		}
	}
	for _, p := range places {
		if path := string(*p); path != "" && !filepath.IsAbs(path) && !hasScheme(path) {
			*p = Path(filepath.Join(dir, path))
		}
	}
	return nil
}

// hasScheme reports whether a location is a URL.
func hasScheme(location string) bool { return strings.Contains(location, "://") }

// treePath returns the path of a stats tree, or of its parent, which may be given as a file URL.
func treePath(location string) (string, error) {
	scheme, rest, isURL := strings.Cut(location, "://")
	if !isURL {
		return location, nil
	}
	if !strings.EqualFold(scheme, "file") {
		return "", fmt.Errorf("%s:// is not a directory that can be watched; mount it and name the mount, or watch the host that writes it", term.Printable(scheme))
	}
	path, err := url.PathUnescape(strings.TrimPrefix(rest, "localhost"))
	if err != nil || !filepath.IsAbs(path) {
		return "", fmt.Errorf("%s does not name a directory of this host; write file:///path", term.Printable(location))
	}
	return path, nil
}

// position returns the place of a key's value, in the form of syntax errors.
func position(data []byte, key string) string {
	path, err := yaml.PathString("$." + key)
	if err != nil {
		return ""
	}
	node, err := path.ReadNode(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	at := node.GetToken().Position
	return fmt.Sprintf("[%d:%d] ", at.Line, at.Column)
}

// wrongValue is the error of a key with a value outside its range.
type wrongValue struct {
	Setting
	value string
}

func (e *wrongValue) Error() string {
	switch last := len(e.Choices) - 1; {
	case last > 0:
		return fmt.Sprintf("%s is %q; it must be %s or %s", e.Key, e.value, strings.Join(e.Choices[:last], ", "), e.Choices[last])
	case e.most > 0:
		return fmt.Sprintf("%s is %s; it must be between %s and %s", e.Key, e.value, Spell(e.least), Spell(e.most))
	}
	return fmt.Sprintf("%s is %s; it must be at least %s", e.Key, e.value, Spell(e.least))
}

// check returns the first value outside the range of its key.
func (c Config) check() *wrongValue {
	values := reflect.ValueOf(c)
	for _, field := range reflect.VisibleFields(values.Type()) {
		key, given := field.Tag.Get("yaml"), values.FieldByIndex(field.Index)
		if key == "" || given.IsZero() { // not a key of the file, or its default
			continue
		}
		s := SettingOf(key)
		if s.Choices != nil && !slices.Contains(s.Choices, given.String()) {
			return &wrongValue{s, given.String()}
		}
		if s.least == 0 {
			continue
		}
		if d := time.Duration(given.Int()); d < s.least || s.most > 0 && d > s.most {
			return &wrongValue{s, Spell(d)}
		}
	}
	return nil
}

// MirrorOptions returns the options of package mirror in the configuration.
func (c Config) MirrorOptions() mirror.Options {
	return mirror.Options{
		Grace: time.Duration(c.Grace), DamagedAfter: time.Duration(c.DamagedAfter), Rescan: time.Duration(c.RescanInterval),
		Timeout: time.Duration(c.Timeout), Drain: time.Duration(c.StopTimeout), Keep: c.Retention(),
	}
}

// WatcherOptions returns the options of package watcher in the configuration.
func (c Config) WatcherOptions() watcher.Options {
	return watcher.Options{
		Quiet: time.Duration(c.QuietPeriod), Rescan: time.Duration(c.RescanInterval),
		Poll: time.Duration(c.PollInterval), Polling: c.Polling,
	}
}

// Retention says which ended generations are kept.
func (c Config) Retention() catalog.Retention {
	return catalog.Retention{Generations: int(c.KeepGenerations), For: time.Duration(c.KeepFor)}
}

// Tree returns the stats tree at a path, with the reading options of the configuration.
func (c Config) Tree(stats string) store.Tree {
	t := store.Tree{Dir: stats, Quiet: time.Duration(c.QuietPeriod)}
	for _, p := range c.Ignore {
		t.Ignore = append(t.Ignore, string(p))
	}
	return t
}
