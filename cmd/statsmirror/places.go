package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/backup/s3"
)

// stateDir returns the state directory: the configured one, else the one that
// systemd gives or that the unit has, else a directory for the stats tree in the
// user's state home.
func (c Config) stateDir() (string, error) {
	if c.State != "" {
		return filepath.Abs(string(c.State))
	}
	if given, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":"); given != "" {
		return given, nil
	}
	if c.unit != "" {
		return filepath.Join(unitStates, c.unit), nil
	}
	if c.Stats == "" {
		return "", usageErrorf("no state directory: give --state, or --stats to use the one of that stats tree")
	}
	stats, err := filepath.Abs(string(c.Stats))
	if err != nil {
		return "", fmt.Errorf("find the state directory: %w", err)
	}
	home := os.Getenv("XDG_STATE_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", usageErrorf("find the state directory: %w; give --state", err)
		}
		home = filepath.Join(user, ".local", "state")
	}
	sum := sha256.Sum256([]byte(stats))
	return filepath.Join(home, "statsmirror", filepath.Base(stats)+"-"+hex.EncodeToString(sum[:4])), nil
}

// unitStates is the directory with the state directories of units, which name them by
// StateDirectory=.
const unitStates = "/var/lib"

// openBackups returns the configured backups, in order.
func (c Config) openBackups() ([]backup.Backup, error) {
	var all []backup.Backup
	for _, location := range c.Backups {
		b, err := openBackup(string(location), c.keys)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// openBackup returns the backup at a location, in which {host} stands for the
// name of this host. keys are files that may have its access key.
func openBackup(location string, keys []string) (backup.Backup, error) {
	location, err := withHost(location)
	if err != nil {
		return nil, err
	}
	scheme, _, isURL := strings.Cut(location, "://")
	before, _, colon := strings.Cut(location, ":")
	switch {
	case colon && strings.EqualFold(before, "s3") && !strings.HasPrefix(location, "s3://"):
		return nil, usageErrorf("backup s3: its location must be like s3://bucket/prefix; of a directory write ./s3:…") // it may hold a secret
	case isURL && scheme == "s3":
		b, err := s3.Open(location, keys...)
		if err != nil {
			return nil, usageErrorf("backup s3: %w", err) // without the location, which may hold a secret
		}
		return b, nil
	case isURL:
		return openFileURL(location)
	case location == "":
		return nil, usageErrorf("backup %q: is empty", location)
	}
	return openDir(location)
}

// hostMark stands for the name of the host in the location of a backup.
const hostMark = "{host}"

func withHost(location string) (string, error) {
	if !strings.Contains(location, hostMark) {
		return location, nil
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("backup %q: %w", location, err)
	}
	return strings.ReplaceAll(location, hostMark, name), nil
}

func openFileURL(location string) (backup.Backup, error) {
	u, err := url.Parse(location)
	switch {
	case err != nil:
		return nil, usageErrorf("backup %q: %w", location, err)
	case u.Scheme != "file":
		return nil, usageErrorf("backup %q: %s:// is not known; use a path, file:// or s3://", location, u.Scheme)
	case u.Host != "" && u.Host != "localhost":
		return nil, usageErrorf("backup %q: names the host %q; write file:///path", location, u.Host)
	case u.Path == "":
		return nil, usageErrorf("backup %q: names no path", location)
	}
	return openDir(u.Path)
}

func openDir(path string) (backup.Backup, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("backup %q: %w", path, err)
	}
	return dir.New(absolute), nil
}

// checkPlaces reports an arrangement of directories in which what is written
// would be read as a run, or a copy would be its own original. If a mount hangs, it goes by
// the names alone.
func checkPlaces(stats, state string, backups []backup.Backup) error {
	const patience = 5 * time.Second
	if err := comparePlaces(stats, state, backups, namesOverlap); err != nil {
		return err
	}
	select {
	case err := <-lookAtPlaces(stats, state, backups):
		return err
	case <-time.After(patience):
		return nil
	}
}

// lookAtPlaces checks where places really are, and sends the error, or nil. If a mount hangs, it
// sends nothing until the mount answers.
func lookAtPlaces(stats, state string, backups []backup.Backup) <-chan error {
	found := make(chan error, 1)
	go func() { found <- comparePlaces(stats, state, backups, overlap) }()
	return found
}

func comparePlaces(stats, state string, backups []backup.Backup, overlap func(a, b string) bool) error {
	for i, b := range backups {
		for _, other := range backups[:i] {
			if overlap(placeOf(b), placeOf(other)) {
				return usageErrorf("the backups %s and %s overlap; a second copy in the same place is none", other, b)
			}
		}
		for place, path := range map[string]string{"stats tree": stats, "state directory": state} {
			if overlap(placeOf(b), path) {
				return usageErrorf("the backup %s and the %s %s overlap; choose a directory apart from it", b, place, path)
			}
		}
	}
	if overlap(state, stats) {
		return usageErrorf("the state directory %s and the stats tree %s overlap; choose a directory apart from it", state, stats)
	}
	return nil
}

// placeOf returns where a backup is, whatever its location says of how to reach it.
func placeOf(b backup.Backup) string {
	if b, ok := b.(*s3.Backup); ok {
		return b.Place()
	}
	return b.String()
}

// namesOverlap reports whether one of two places is the other, or in it, by their names.
func namesOverlap(a, b string) bool { return within(a, b) || within(b, a) }

// overlap reports whether one of two places is the other, or in it, by whatever name.
func overlap(a, b string) bool {
	if namesOverlap(a, b) {
		return true
	}
	if !filepath.IsAbs(a) || !filepath.IsAbs(b) {
		return false // an object store
	}
	x, y := nearestGround(a), nearestGround(b)
	return x.within(y) || y.within(x)
}

var errNoStats = errors.New("no stats tree: give --stats DIR, or the key stats in a configuration file")
