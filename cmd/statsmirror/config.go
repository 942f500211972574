package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"statsmirror/mirror"
	"statsmirror/watcher"
)

const defaultConfigFile = "/etc/statsmirror/statsmirror.yaml"

// Config is what the configuration file holds and flags override. Each key is
// optional; a zero value means the default given here.
type Config struct {
	Stats   place   `yaml:"stats"`   // stats tree
	State   place   `yaml:"state"`   // state directory, see stateDir
	Backups []place `yaml:"backups"` // paths or file:// URLs

	QuietPeriod    duration        `yaml:"quiet_period"`    // 100ms: how long a file must be left alone to be read
	RescanInterval duration        `yaml:"rescan_interval"` // 10m: how often everything is looked at whatever events say
	PollInterval   duration        `yaml:"poll_interval"`   // 10s: the same where no events come
	Polling        watcher.Polling `yaml:"polling"`         // auto, always, never
	Grace          duration        `yaml:"grace"`           // 1m: how long a run's files may be away before it is said
	Timeout        duration        `yaml:"timeout"`         // 5m: how long syncing a run, or copying it to a backup, may take
	StopTimeout    duration        `yaml:"stop_timeout"`    // 5s: how long a stop may spend on pending copies

	LogLevel  string `yaml:"log_level"`  // info
	LogFormat string `yaml:"log_format"` // auto
}

// duration is a time.Duration whose errors say where they are.
type duration time.Duration

// UnmarshalYAML reads what time.ParseDuration takes.
func (d *duration) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	parsed, err := time.ParseDuration(text)
	if err != nil {
		at := node.GetToken().Position
		return fmt.Errorf("[%d:%d] %q is no duration; write it like 100ms, 10s or 5m", at.Line, at.Column, text)
	}
	*d = duration(parsed)
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
	c.Stats = cmp.Or(place(f.stats), c.Stats)
	c.State = cmp.Or(place(f.state), c.State)
	if len(f.backups) > 0 {
		c.Backups = nil
		for _, location := range f.backups {
			c.Backups = append(c.Backups, place(location))
		}
	}
	c.LogLevel = cmp.Or(f.logLevel, c.LogLevel)
	c.LogFormat = cmp.Or(f.logFormat, c.LogFormat)
	if err := c.check(); err != nil {
		return Config{}, &statusError{exitUsage, err}
	}
	return c, nil
}

func readConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	var c Config
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&c)
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		unknown.Message += suggestion(unknown.Token.Value, configKeys())
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("read configuration %s:\n%w", path, err)
	}
	return c, nil
}

// configKeys lists the keys of a configuration file.
func configKeys() []string {
	var keys []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		keys = append(keys, field.Tag.Get("yaml"))
	}
	return keys
}

func (c Config) check() error {
	for name, d := range map[string]duration{
		"quiet_period": c.QuietPeriod, "rescan_interval": c.RescanInterval, "poll_interval": c.PollInterval,
		"grace": c.Grace, "timeout": c.Timeout, "stop_timeout": c.StopTimeout,
	} {
		if d < 0 {
			return fmt.Errorf("configuration: %s is %v; it must not be negative", name, time.Duration(d))
		}
	}
	switch c.Polling {
	case "", watcher.PollAuto, watcher.PollAlways, watcher.PollNever:
	default:
		return fmt.Errorf("configuration: polling is %q; it must be auto, always or never", c.Polling)
	}
	if _, err := logLevel(c.LogLevel); err != nil {
		return err
	}
	return checkLogFormat(c.LogFormat)
}

func (c Config) mirrorOptions() mirror.Options {
	return mirror.Options{
		Grace: time.Duration(c.Grace), Rescan: time.Duration(c.RescanInterval),
		Timeout: time.Duration(c.Timeout), Drain: time.Duration(c.StopTimeout),
	}
}

func (c Config) watcherOptions() watcher.Options {
	return watcher.Options{
		Quiet: time.Duration(c.QuietPeriod), Rescan: time.Duration(c.RescanInterval),
		Poll: time.Duration(c.PollInterval), Polling: c.Polling,
	}
}
