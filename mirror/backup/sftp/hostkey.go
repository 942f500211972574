package sftp

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHostsFiles returns the files in which the keys of servers are looked up, the one to
// add a key to first. A missing file is empty.
func (l login) knownHostsFiles() []string {
	if l.knownHosts != "" {
		return []string{l.knownHosts}
	}
	files := []string{"/etc/statsmirror/known_hosts", "/etc/ssh/ssh_known_hosts"}
	if home, err := os.UserHomeDir(); err == nil {
		mine := filepath.Join(home, ".ssh", "known_hosts")
		if os.Geteuid() == 0 { // the service does not read root's own file
			return append(files, mine)
		}
		files = append([]string{mine}, files...)
	}
	return files
}

// hostKeys returns the check of a server's key, and the algorithms of the keys that are known for
// the server: it must not offer a key of another kind.
func (l login) hostKeys(address string) (check ssh.HostKeyCallback, algorithms []string, err error) {
	var files []string
	authorities := false
	for _, file := range l.knownHostsFiles() {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read known hosts: %w", err)
		}
		files = append(files, file)
		authorities = authorities || bytes.Contains(text, []byte("@cert-authority"))
	}
	known, err := knownhosts.New(files...)
	if err != nil {
		return nil, nil, fmt.Errorf("read known hosts: %w", err)
	}
	err = known(address, &net.TCPAddr{}, noKey{})
	if key, ok := errors.AsType[*knownhosts.KeyError](err); ok {
		algorithms = algorithmsOf(key.Want, authorities)
	}
	return func(address string, remote net.Addr, key ssh.PublicKey) error {
		return l.explain(address, key, known(address, remote, key))
	}, algorithms, nil
}

// algorithmsOf returns the algorithms of known keys; nil for any.
func algorithmsOf(known []knownhosts.KnownKey, authorities bool) []string {
	var all []string
	for _, k := range known {
		switch kind := k.Key.Type(); kind {
		case ssh.KeyAlgoRSA:
			all = append(all, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		default:
			all = append(all, kind)
		}
	}
	if authorities && len(all) > 0 {
		all = append([]string{ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01}, all...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// explain says what to do about a key that is not known, or not the known one.
func (l login) explain(address string, key ssh.PublicKey, err error) error {
	wrong, ok := errors.AsType[*knownhosts.KeyError](err)
	if !ok {
		return err
	}
	is := key.Type() + " " + ssh.FingerprintSHA256(key)
	line := knownhosts.Line([]string{address}, key)
	if len(wrong.Want) == 0 {
		return &hostKeyError{fmt.Sprintf("the host key of %s is not known. The server has shown the key %s. Compare it, on the server, with the output of \"ssh-keygen -lf\" for the files /etc/ssh/ssh_host_*_key.pub. If it is there, add this line to %s: %s",
			address, is, l.knownHostsFiles()[0], line)}
	}
	want := wrong.Want[0]
	return &hostKeyError{fmt.Sprintf("ALARM: the host key of %s has changed. The server has shown the key %s, but %s, line %d, has %s %s. Somebody may have put another server in its place. Ask its administrator. Only if the new key is right, replace that line with: %s",
		address, is, want.Filename, want.Line, want.Key.Type(), ssh.FingerprintSHA256(want.Key), line)}
}

// hostKeyError explains why a server is not trusted.
type hostKeyError struct{ text string }

func (e *hostKeyError) Error() string { return e.text }

// noKey is a key that no server has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return nil }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }
