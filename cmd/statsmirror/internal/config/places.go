package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/backup"
)

// StatsTree returns the stats tree as given. A missing one is a usage error.
func (c Config) StatsTree() (string, error) {
	if c.Stats == "" {
		return "", usage.Errorf("no stats tree: give --stats DIR, or the key stats in a configuration file")
	}
	return string(c.Stats), nil
}

// StateDir returns the state directory: the configured one, else the one from systemd or of the
// unit, else a directory for the stats tree in the user's state home.
func (c Config) StateDir() (string, error) {
	if c.State != "" {
		return filepath.Abs(string(c.State))
	}
	if given, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":"); given != "" {
		return given, nil
	}
	if c.unit != "" {
		return systemd.StateDir(c.unit), nil
	}
	if c.Stats == "" {
		return "", usage.Errorf("no state directory: give --state, or --stats to use the one of that stats tree")
	}
	stats, err := filepath.Abs(string(c.Stats))
	if err != nil {
		return "", fmt.Errorf("find the state directory: %w", err)
	}
	home := os.Getenv("XDG_STATE_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", usage.Errorf("find the state directory: %w; give --state", err)
		}
		home = filepath.Join(user, ".local", "state")
	}
	sum := sha256.Sum256([]byte(stats))
	return filepath.Join(home, "statsmirror", filepath.Base(stats)+"-"+hex.EncodeToString(sum[:4])), nil
}

// ServiceState returns the state directory that the configuration file names, for a configuration
// whose stats tree a flag names. It returns "" if a state directory is given, or if the file cannot
// be read or names another tree.
func (f *Flags) ServiceState(given Config) string {
	if given.State != "" || given.Stats == "" {
		return ""
	}
	service, err := (&Flags{File: cmp.Or(f.File, DefaultFile)}).Load()
	if err != nil || service.Stats == "" || !sameTree(string(service.Stats), string(given.Stats)) {
		return ""
	}
	state, err := service.StateDir()
	if err != nil {
		return ""
	}
	return state
}

// sameTree reports whether two paths lead to the same place, which may be missing.
func sameTree(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && (a == b || nearestGround(a) == nearestGround(b))
}

// Places are where a service reads and writes.
type Places struct {
	Stats, State string // the stats tree and the state directory, absolute
	Backups      []backup.Backup
	Intervals    map[string]time.Duration // of the backups, by location: see mirror.Options
}

// Places finds the places of a service. Overlapping places are an error: the service would read its
// own output as runs, or a copy would be its own original. If a mount hangs, Places compares only
// the names.
func (c Config) Places() (Places, error) {
	stats, err := c.StatsTree()
	if err != nil {
		return Places{}, err
	}
	var p Places
	if p.Stats, err = filepath.Abs(stats); err != nil {
		return Places{}, fmt.Errorf("find the stats tree: %w", err)
	}
	if p.State, err = c.StateDir(); err != nil {
		return Places{}, err
	}
	if p.Backups, p.Intervals, err = c.openBackups(); err != nil {
		return Places{}, err
	}
	if err := p.checkMetrics(string(c.Metrics)); err != nil {
		return Places{}, err
	}
	return p, p.check()
}

// checkMetrics checks the file of the metrics, which must not look like a run.
func (p Places) checkMetrics(file string) error {
	switch {
	case file == "":
		return nil
	case !strings.HasSuffix(file, ".prom"):
		return usage.Errorf("the name of metrics, %s, must end in .prom: node_exporter reads no other file", term.Printable(file))
	case within(file, p.Stats):
		return usage.Errorf("metrics, %s, is in the stats tree; choose another directory", term.Printable(file))
	}
	for _, b := range p.Backups {
		if filepath.IsAbs(b.String()) && within(file, b.String()) {
			return usage.Errorf("metrics, %s, is in the backup %s; choose another directory", term.Printable(file), b)
		}
	}
	return nil
}

func (p Places) check() error {
	const patience = 5 * time.Second
	if err := p.compare(namesOverlap); err != nil {
		return err
	}
	select {
	case err := <-p.Look():
		return err
	case <-time.After(patience):
		return nil
	}
}

// Look checks the real places again and sends the error, or nil. If a mount hangs, it sends nothing
// until the mount answers.
func (p Places) Look() <-chan error {
	found := make(chan error, 1)
	go func() { found <- p.compare(overlap) }()
	return found
}

func (p Places) compare(overlap func(a, b string) bool) error {
	for i, b := range p.Backups {
		for _, other := range p.Backups[:i] {
			if overlap(placeOf(b), placeOf(other)) {
				return usage.Errorf("the backups %s and %s overlap; give each backup its own place", other, b)
			}
		}
		for place, path := range map[string]string{"stats tree": p.Stats, "state directory": p.State} {
			if overlap(placeOf(b), path) {
				return usage.Errorf("the backup %s and the %s %s overlap; choose a directory apart from it", b, place, path)
			}
		}
	}
	if overlap(p.State, p.Stats) {
		return usage.Errorf("the state directory %s and the stats tree %s overlap; choose a directory apart from it", p.State, p.Stats)
	}
	return nil
}

// placeOf returns where a backup is, however its location says to reach it.
func placeOf(b backup.Backup) string {
	if b, ok := b.(interface{ Place() string }); ok {
		return b.Place()
	}
	return b.String()
}

// namesOverlap reports whether one of two places is, by name, the other or inside it.
func namesOverlap(a, b string) bool { return within(a, b) || within(b, a) }

// overlap reports whether one of two places is the other or inside it, under any name.
func overlap(a, b string) bool {
	if namesOverlap(a, b) {
		return true
	}
	if !filepath.IsAbs(a) || !filepath.IsAbs(b) {
		return false // on a server
	}
	x, y := nearestGround(a), nearestGround(b)
	return x.within(y) || y.within(x)
}
