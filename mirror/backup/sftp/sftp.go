// Package sftp is a backup on a server that speaks SFTP, the file transfer of SSH.
//
// # Versions
//
// SFTP tells of a file its size and, in seconds, the time of its last change. Together they are its
// version. Put sets a later time than that of the version it replaces, so that each version is new.
// If another program replaces a file with one of the same size and time, only its content shows
// that.
//
// # Writers
//
// SFTP has no conditional write. A change holds a lock: a file that only one writer can create. A
// writer holds it for a moment, while it compares the version and renames the uploaded file. The lock
// names the uploaded file. Whoever finds a lock that does not change for half a minute, or that a dead
// process of the same host has left, removes that file first, so that the rename of the former holder
// can no longer succeed, and then the lock.
//
// # Durability
//
// Put writes a temporary file, has the server sync it, reads it back and renames it. SFTP cannot
// sync a directory. A power cut of the server may undo a rename, so that a name has its old content
// or none. The next listing then finds a different version, and the copy is made again.
package sftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"

	"statsmirror/mirror/backup"
)

// Backup is a directory on a server.
type Backup struct {
	location string // as given
	user     string
	address  string // host:port
	root     string // the directory; relative to the one after login if it does not begin with a slash
	login    login
	timing   timing

	connecting chan struct{}            // held while connecting
	session    *session                 // the last one; nil before the first
	remarks    atomic.Pointer[[]string] // on it

	changing chan struct{} // held during a change
	own      string        // content of the last lock

	left backup.Left // temporary files
}

var _ backup.Limited = (*Backup)(nil)

// timing bounds how long things take.
type timing struct {
	connect time.Duration // until the server has let the user in
	answer  time.Duration // of the server to one request
	ping    time.Duration // the same, to find out whether a connection still works
	fresh   time.Duration // a connection used so recently needs no ping
	idle    time.Duration // until an unused connection is closed
	remove  time.Duration // for the removal of a temporary file, if anybody waits for it

	poll  time.Duration // between attempts to lock
	hold  time.Duration // a holder changes nothing later than that after it has locked
	stale time.Duration // a lock that does not change for so long is broken
}

var usual = timing{
	connect: 8 * time.Second, answer: 30 * time.Second, ping: 5 * time.Second, fresh: 10 * time.Second, idle: time.Minute, remove: 2 * time.Second,
	poll: 50 * time.Millisecond, hold: 10 * time.Second, stale: 30 * time.Second,
}

// Open returns the backup at a location sftp://user@host:port/path?key=FILE&known_hosts=FILE. A path
// that begins with /~/ is relative to the directory after login. Open does not connect.
//
// The server's key must be in the file known_hosts, else in ~/.ssh/known_hosts,
// /etc/statsmirror/known_hosts or /etc/ssh/ssh_known_hosts. The user's key is the file key. Without it,
// the keys are, in this order: the systemd credential "backup", if it is a private key; the agent at
// SSH_AUTH_SOCK; id_ed25519, id_ecdsa and id_rsa in ~/.ssh. keys are more files like the credential,
// tried if systemd gives none.
func Open(location string, keys ...string) (*Backup, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("it is not a URL; write % as %25") // the location and err may hold a secret
	}
	if _, has := u.User.Password(); has {
		return nil, errors.New("it holds a password; remove the password and use a key, as in sftp://user@host/path?key=FILE")
	}
	b := &Backup{
		location: location, user: u.User.Username(), address: net.JoinHostPort(strings.ToLower(u.Hostname()), cmp.Or(u.Port(), "22")),
		timing: usual, connecting: make(chan struct{}, 1), changing: make(chan struct{}, 1),
	}
	if b.root, err = rootOf(u); err != nil {
		return nil, err
	}
	b.login, err = loginOf(u.Query(), keys)
	return b, err
}

func rootOf(u *url.URL) (string, error) {
	switch {
	case u.User.Username() == "":
		return "", errors.New("it names no user; write sftp://user@host/path")
	case u.Hostname() == "":
		return "", errors.New("it names no host; write sftp://user@host/path")
	case u.Fragment != "":
		return "", errors.New("it has a #; in a path write %23")
	case u.Path == "":
		return "", errors.New("it names no directory; write sftp://user@host/path, or sftp://user@host/~/path for one in the user's directory")
	case strings.ContainsRune(u.Path, 0), slices.Contains(strings.Split(u.Path, "/"), ".."):
		return "", fmt.Errorf("its path %q must not have .. or NUL", u.Path)
	}
	if below, home := strings.CutPrefix(u.Path+"/", "/~/"); home {
		return path.Clean(below), nil
	}
	return path.Clean(u.Path), nil
}

func loginOf(query url.Values, keys []string) (login, error) {
	l := login{keys: keys}
	for key, values := range query {
		switch value := values[0]; key {
		case "key":
			l.key = value
		case "known_hosts":
			l.knownHosts = value
		default:
			return l, fmt.Errorf("its query has the unknown key %q; use key or known_hosts", key)
		}
	}
	return l, nil
}

// String returns the location as the user wrote it.
func (b *Backup) String() string { return b.location }

// Place returns the identity of the backup: server and directory.
func (b *Backup) Place() string {
	if path.IsAbs(b.root) {
		return "sftp://" + b.address + b.root
	}
	return "sftp://" + b.user + "@" + b.address + "/~/" + b.root
}

// at returns the path of a name on the server.
func (b *Backup) at(name string) string { return path.Join(b.root, name) }

// failed converts the error of an operation to the errors of package backup.
func (b *Backup) failed(ctx context.Context, operation string, err error) error {
	switch status, refused := err.(*sftp.StatusError); { //nolint:errorlint // one that is wrapped has been explained
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, fs.ErrPermission):
		err = &deniedError{err, b.user}
	case refused && status.FxCode() == sftp.ErrSSHFxFailure:
		err = fmt.Errorf("the server refuses without a reason (%w)", err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// deniedError is a refusal by the server. It is not fs.ErrPermission, because giving the user of
// statsmirror more rights on this host would not help.
type deniedError struct {
	err  error
	user string
}

func (e *deniedError) Error() string {
	return fmt.Sprintf("%v; let the user %s read and write there, on the server", e.err, e.user)
}

// Is reports whether the error concerns one entry.
func (e *deniedError) Is(target error) bool {
	return target == backup.ErrEntry && errors.Is(e.err, backup.ErrEntry)
}

// absent says that the directory does not exist on the server.
func (b *Backup) absent() error {
	return fmt.Errorf("%s %w on the server; mount it there or create the directory", b.root, backup.ErrAbsent)
}

// infoOf describes a file by its attributes.
func infoOf(name string, info fs.FileInfo) backup.Info {
	return backup.Info{Name: name, Size: max(0, info.Size()), Version: fmt.Sprintf("%d-%d", info.Size(), info.ModTime().Unix())}
}

// timeOf returns the time in a version.
func timeOf(version string) (at time.Time) {
	var size, seconds int64
	if _, err := fmt.Sscanf(version, "%d-%d", &size, &seconds); err == nil {
		at = time.Unix(seconds, 0)
	}
	return at
}
