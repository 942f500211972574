package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror"
	"statsmirror/watcher"
)

// defaultConfigFile is read where neither a flag names a configuration nor a place. It is a
// variable for the tests, which must not read the file of their host; to build a program with
// another one: -ldflags "-X main.defaultConfigFile=FILE".
var defaultConfigFile = "/etc/statsmirror/statsmirror.yaml"

// Config is what the configuration file holds and flags override. The setting of each key
// explains it. A key is optional; the zero value means the default in its setting.
type Config struct {
	Stats   place   `yaml:"stats"`
	DaCapo  place   `yaml:"dacapo_config"`
	State   place   `yaml:"state"`
	Backups []place `yaml:"backups"`

	QuietPeriod    duration        `yaml:"quiet_period"`
	RescanInterval duration        `yaml:"rescan_interval"`
	PollInterval   duration        `yaml:"poll_interval"`
	Polling        watcher.Polling `yaml:"polling"`
	Grace          duration        `yaml:"grace"`
	Ignore         []namePattern   `yaml:"ignore"`
	DamagedAfter   duration        `yaml:"damaged_after"`
	Timeout        duration        `yaml:"timeout"`
	StopTimeout    duration        `yaml:"stop_timeout"`

	KeepGenerations count    `yaml:"keep_generations"`
	KeepFor         duration `yaml:"keep_for"`

	LogLevel  string `yaml:"log_level"`
	LogFormat string `yaml:"log_format"`

	keys []string // files with the access key of object stores, see accessKeyFiles
	unit string   // whose state directory is used if none is named, "" for none

	warning string // for the user, "" for none
}

// duration is a time.Duration, which can be in days too. Its errors say where
// they are.
type duration time.Duration

// UnmarshalYAML reads what Set takes.
func (d *duration) UnmarshalYAML(node ast.Node) error {
	if err := d.Set(node.GetToken().Value); err != nil {
		at := node.GetToken().Position
		return fmt.Errorf("[%d:%d] %w", at.Line, at.Column, err)
	}
	return nil
}

// Set reads what time.ParseDuration takes, or days, "90d".
func (d *duration) Set(text string) error {
	parsed, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16) // enough for a century
		parsed = time.Duration(n) * 24 * time.Hour
	}
	if err != nil {
		return fmt.Errorf("%q is no duration; write it like 100ms, 10s, 5m or 90d", text)
	}
	if parsed < 0 {
		return fmt.Errorf("%v is negative", parsed)
	}
	*d = duration(parsed)
	return nil
}

func (d *duration) String() string { return time.Duration(*d).String() }

// Type names the type in the help of a flag.
func (d *duration) Type() string { return "duration" }

// namePattern is a pattern of names, as path.Match has it.
type namePattern string

// UnmarshalYAML reads a pattern.
func (p *namePattern) UnmarshalYAML(node ast.Node) error {
	text, at := node.GetToken().Value, node.GetToken().Position
	if _, err := path.Match(text, ""); err != nil {
		return fmt.Errorf("[%d:%d] %q is not a pattern; a [ ends with a ], and \\[ is the character itself", at.Line, at.Column, text)
	}
	*p = namePattern(text)
	return nil
}

// count is a number that is not negative.
type count int

// UnmarshalYAML reads a number.
func (c *count) UnmarshalYAML(node ast.Node) error {
	text, at := node.GetToken().Value, node.GetToken().Position
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return fmt.Errorf("[%d:%d] %q is no number of things; write it like 3", at.Line, at.Column, text)
	}
	*c = count(n)
	return nil
}

// place is a path or URL, in which ${NAME} stands for the value of an
// environment variable.
type place string

// UnmarshalYAML expands environment variables. One that is not set is an error:
// what it leaves out would be another place.
func (p *place) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text); err != nil {
		return err
	}
	var unset error
	*p = place(variable.ReplaceAllStringFunc(text, func(reference string) string {
		name := reference[len("${") : len(reference)-len("}")]
		value, ok := os.LookupEnv(name)
		if !ok {
			at := node.GetToken().Position
			unset = fmt.Errorf("[%d:%d] the environment variable %s is not set", at.Line, at.Column, name)
		}
		return value
	}))
	return unset
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// load reads the configuration file, if there is one to read, and lays the
// flags over it.
func (f *flags) load() (Config, error) {
	path := f.config
	if path == "" && !f.placed() {
		if _, err := os.Stat(defaultConfigFile); !errors.Is(err, fs.ErrNotExist) {
			path = defaultConfigFile
		}
	}
	var c Config
	if path != "" {
		var err error
		if c, err = readConfig(path); err != nil {
			return Config{}, &statusError{exitUsage, err}
		}
	}
	c.keys = accessKeyFiles(path)
	if f.stats == "" && f.dacapo == "" {
		c.unit, _ = unitWith(path)
	}
	if err := c.placeStats(f); err != nil {
		return Config{}, &statusError{exitUsage, err}
	}
	c.State = cmp.Or(place(f.state), c.State)
	if len(f.backups) > 0 {
		c.Backups = nil
		for _, location := range f.backups {
			c.Backups = append(c.Backups, place(location))
		}
	}
	c.KeepGenerations = cmp.Or(count(f.keepGenerations), c.KeepGenerations)
	c.KeepFor = cmp.Or(f.keepFor, c.KeepFor)
	c.LogLevel = cmp.Or(f.logLevel, c.LogLevel)
	c.LogFormat = cmp.Or(f.logFormat, c.LogFormat)
	if wrong := c.check(); wrong != nil {
		return Config{}, &statusError{exitUsage, wrong}
	}
	return c, nil
}

// placeStats decides where the stats tree is. What a flag says of it replaces what the
// configuration file does.
func (c *Config) placeStats(f *flags) error {
	if f.stats != "" || f.dacapo != "" {
		c.Stats, c.DaCapo = place(f.stats), place(f.dacapo)
	}
	if c.DaCapo == "" {
		stats, err := treePath(string(c.Stats))
		if err != nil {
			return fmt.Errorf("stats tree: %w", err)
		}
		c.Stats = place(stats)
		return nil
	}
	if c.Stats != "" {
		return errors.New("both the stats tree and DaCapo's configuration, which names one, are given; give one of stats and dacapo_config, or of --stats and --dacapo-config")
	}
	stats, err := dacapoStats(string(c.DaCapo))
	c.Stats, c.warning = place(stats), tildeWarning(stats)
	return err
}

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
		unknown.Message += suggestion(unknown.Token.Value, settingKeys())
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("read configuration %s:\n%w", path, err)
	}
	if wrong := c.check(); wrong != nil {
		return Config{}, fmt.Errorf("read configuration %s:\n%s%w", path, position(data, wrong.key), wrong)
	}
	return c, c.resolve(filepath.Dir(path))
}

// resolve makes paths that are relative to a directory absolute. URLs stay as they are.
func (c *Config) resolve(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the directory of the configuration: %w", err)
	}
	places := []*place{&c.Stats, &c.State}
	if c.DaCapo != dacapoAuto {
		places = append(places, &c.DaCapo)
	}
	for i := range c.Backups {
		places = append(places, &c.Backups[i])
	}
	for _, p := range places {
		if path := string(*p); path != "" && !filepath.IsAbs(path) && !hasScheme(path) {
			*p = place(filepath.Join(dir, path))
		}
	}
	return nil
}

// hasScheme reports whether a location is a URL, or meant to be one: s3:bucket.
func hasScheme(location string) bool {
	before, _, colon := strings.Cut(location, ":")
	return strings.Contains(location, "://") || colon && strings.EqualFold(before, "s3")
}

// treePath returns the path of a stats tree, or of the directory it is in, that may be
// given as a URL of a file.
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

// position returns where the value of a key is, as the errors of a syntax have it.
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

// wrongValue says that a key has a value that it cannot have.
type wrongValue struct {
	setting
	value string
}

func (e *wrongValue) Error() string {
	switch last := len(e.choices) - 1; {
	case last > 0:
		return fmt.Sprintf("%s is %q; it must be %s or %s", e.key, e.value, strings.Join(e.choices[:last], ", "), e.choices[last])
	case e.most > 0:
		return fmt.Sprintf("%s is %s; it must be between %s and %s", e.key, e.value, spell(e.least), spell(e.most))
	}
	return fmt.Sprintf("%s is %s; it must be at least %s", e.key, e.value, spell(e.least))
}

// check returns the first value that its key cannot have.
func (c Config) check() *wrongValue {
	values := reflect.ValueOf(c)
	for _, field := range reflect.VisibleFields(values.Type()) {
		key, given := field.Tag.Get("yaml"), values.FieldByIndex(field.Index)
		if key == "" || given.IsZero() { // no key of the file, or its default
			continue
		}
		s := settingOf(key)
		if s.choices != nil && !slices.Contains(s.choices, given.String()) {
			return &wrongValue{s, given.String()}
		}
		if s.least == 0 {
			continue
		}
		if d := time.Duration(given.Int()); d < s.least || s.most > 0 && d > s.most {
			return &wrongValue{s, spell(d)}
		}
	}
	return nil
}

func (c Config) mirrorOptions() mirror.Options {
	return mirror.Options{
		Grace: time.Duration(c.Grace), DamagedAfter: time.Duration(c.DamagedAfter), Rescan: time.Duration(c.RescanInterval),
		Timeout: time.Duration(c.Timeout), Drain: time.Duration(c.StopTimeout), Keep: c.retention(),
	}
}

func (c Config) watcherOptions() watcher.Options {
	return watcher.Options{
		Quiet: time.Duration(c.QuietPeriod), Rescan: time.Duration(c.RescanInterval),
		Poll: time.Duration(c.PollInterval), Polling: c.Polling,
	}
}

func (c Config) retention() mirror.Retention {
	return mirror.Retention{Generations: int(c.KeepGenerations), For: time.Duration(c.KeepFor)}
}
