package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/backup/s3"
	"statsmirror/mirror/backup/sftp"
)

// OpenBackups returns the configured backups, in order.
func (c Config) OpenBackups() ([]backup.Backup, error) {
	all, _, err := c.openBackups()
	return all, err
}

// openBackups returns the configured backups, in order, and the intervals by location.
func (c Config) openBackups() (all []backup.Backup, intervals map[string]time.Duration, err error) {
	intervals = map[string]time.Duration{}
	for _, given := range c.Backups {
		b, err := openBackup(string(given.URL), c.keys)
		if err != nil {
			return nil, nil, err
		}
		all, intervals[b.String()] = append(all, b), given.intervalOf(b)
	}
	return all, intervals, nil
}

// OpenAboveHosts returns the places that hold the configured backups of every host, in order.
func (c Config) OpenAboveHosts() ([]backup.Reader, error) {
	var all []backup.Reader
	for _, given := range c.Backups {
		b, err := openBackup(aboveHost(string(given.URL)), c.keys)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// aboveHost returns the location that contains the locations of all hosts.
func aboveHost(given string) string {
	before, after, found := strings.Cut(given, hostMark)
	if !found {
		return given
	}
	above := before[:strings.LastIndex(before, "/")+1]
	if at := strings.IndexByte(after, '?'); at >= 0 {
		above += after[at:]
	}
	return above
}

// openBackup returns the backup at a location, in which {host} stands for the name of this host.
// keys are files that may hold its key.
func openBackup(location string, keys []string) (backup.Backup, error) {
	location, err := withHost(location)
	if err != nil {
		return nil, err
	}
	scheme, _, isURL := strings.Cut(location, "://")
	switch {
	case !isURL && namesHost(location):
		before, _, _ := strings.Cut(location, ":") // the rest may hold a secret
		return nil, usage.Errorf("backup %s: with a colon, it must be a URL like sftp://user@host/path, s3://bucket/prefix or file:///path; for a directory with that name write ./%[1]s:…", term.Printable(before))
	case isURL && scheme == "s3":
		b, err := s3.Open(location, keys...)
		if err != nil {
			return nil, usage.Errorf("backup s3: %w", err) // without the location, which may hold a secret
		}
		return b, nil
	case isURL && scheme == "sftp":
		b, err := sftp.Open(location, keys...)
		if err != nil {
			return nil, usage.Errorf("backup sftp: %w", err) // also without the location
		}
		return b, nil
	case isURL && !strings.EqualFold(scheme, "file"):
		return nil, usage.Errorf("backup %s: %[1]s:// is not known; use a path, file://, s3:// or sftp://", term.Printable(scheme)) // also without the location
	case isURL:
		return openFileURL(location)
	case location == "":
		return nil, usage.Errorf("backup %q: is empty", location)
	}
	return openDir(location)
}

// namesHost reports whether a location begins like host:path, as scp and rsync take it, or a scheme.
func namesHost(location string) bool {
	first, _, _ := strings.Cut(location, "/")
	return strings.Contains(first, ":")
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
		return nil, usage.Errorf("backup file: it is not a URL; write %% as %%25") // err has the location, which may hold a secret
	case u.Host != "" && u.Host != "localhost":
		return nil, usage.Errorf("backup %q: names the host %q; write file:///path", u.Redacted(), u.Host)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, usage.Errorf("backup %q: a file URL has only the key interval, as in ?interval=5m; in a path write %%3F for ? and %%23 for #", location)
	case u.Path == "":
		return nil, usage.Errorf("backup %q: names no path", location)
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
