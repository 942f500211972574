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
	"strings"

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

// hostKeys knows the keys of servers and the authorities that certify them.
type hostKeys struct {
	files     []string // the one to add a key to first
	known     ssh.HostKeyCallback
	authority map[string][]bool // by file and line, whether it names an authority
}

func (l login) hostKeys() (h hostKeys, err error) {
	h = hostKeys{files: l.knownHostsFiles(), authority: map[string][]bool{}}
	var files []string
	for _, file := range h.files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return h, fmt.Errorf("read known hosts: %w", err)
		}
		files = append(files, file)
		for line := range bytes.Lines(text) {
			h.authority[file] = append(h.authority[file], bytes.HasPrefix(bytes.TrimSpace(line), []byte("@cert-authority")))
		}
	}
	if h.known, err = knownhosts.New(files...); err != nil {
		return h, fmt.Errorf("read known hosts: %w; correct or remove that line, or name another file with ?known_hosts=FILE", err)
	}
	return h, nil
}

// of returns the keys that are known for a server, and those of its authorities.
func (h hostKeys) of(address string) (keys, authorities []knownhosts.KnownKey) {
	err := h.known(address, &net.TCPAddr{}, noKey{})
	wrong, ok := errors.AsType[*knownhosts.KeyError](err)
	if !ok {
		return nil, nil
	}
	for _, k := range wrong.Want {
		if lines := h.authority[k.Filename]; k.Line <= len(lines) && lines[k.Line-1] {
			authorities = append(authorities, k)
		} else {
			keys = append(keys, k)
		}
	}
	return keys, authorities
}

// algorithms returns the algorithms of the keys that a server may show, the best first: certificates
// if it has an authority, and keys of the known kinds. If no key is known, any kind serves, to name
// the key that the server has.
func (h hostKeys) algorithms(address string) (all []string) {
	keys, authorities := h.of(address)
	_, ofHost := h.of(withoutPort(address))
	supported := ssh.SupportedAlgorithms().HostKeys
	kinds := append([]string{ssh.KeyAlgoED25519}, slices.DeleteFunc(slices.Clone(supported), isCertificate)...)
	if len(keys) > 0 {
		kinds = kindsOf(keys)
	}
	add := func(a string) {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	if len(authorities)+len(ofHost) > 0 {
		certificates := slices.DeleteFunc(slices.Clone(supported), func(a string) bool { return !isCertificate(a) })
		for _, kind := range kinds {
			if slices.Contains(certificates, kind+certificate) {
				add(kind + certificate)
			}
		}
		for _, a := range certificates {
			add(a)
		}
	}
	for _, kind := range kinds {
		add(kind)
	}
	return all
}

// kindsOf returns the algorithms of keys.
func kindsOf(keys []knownhosts.KnownKey) (all []string) {
	for _, k := range keys {
		if kind := k.Key.Type(); kind == ssh.KeyAlgoRSA {
			all = append(all, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			all = append(all, kind)
		}
	}
	return all
}

// certificate is how the algorithms of certificates end.
const certificate = "-cert-v01@openssh.com"

func isCertificate(algorithm string) bool { return strings.HasSuffix(algorithm, certificate) }

// withoutPort returns an address with the usual port: an authority named without a port counts for
// every port of a host.
func withoutPort(address string) string {
	host, _, _ := net.SplitHostPort(address) // Open has made it
	return net.JoinHostPort(host, "22")
}

// check returns an error that says what to do, unless a server's key is known or certified.
func (h hostKeys) check(address string, remote net.Addr, key ssh.PublicKey) error {
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return h.explain(address, key, h.known(address, remote, key))
	}
	err := h.known(address, remote, cert)
	if err != nil && h.known(withoutPort(address), remote, cert) == nil {
		err = nil
	}
	if err != nil && h.known(address, remote, cert.Key) != nil {
		return &hostKeyError{fmt.Sprintf("the certificate of %s is not valid here: %v. The authority %s %s has signed it. Ask the server's administrator for its @cert-authority line, or for a new certificate",
			address, err, cert.SignatureKey.Type(), ssh.FingerprintSHA256(cert.SignatureKey))}
	}
	return nil
}

// explain says what to do about a key that is not known, or not the known one.
func (h hostKeys) explain(address string, key ssh.PublicKey, err error) error {
	if _, ok := errors.AsType[*knownhosts.KeyError](err); !ok {
		return err
	}
	is := key.Type() + " " + ssh.FingerprintSHA256(key)
	line := knownhosts.Line([]string{address}, key)
	keys, _ := h.of(address)
	if len(keys) == 0 {
		return &hostKeyError{fmt.Sprintf("the host key of %s is not known. The server has shown the key %s. Compare it, on the server, with the output of \"ssh-keygen -lf\" for the files /etc/ssh/ssh_host_*_key.pub. If it is there, add this line to %s: %s",
			address, is, h.files[0], line)}
	}
	want := keys[max(0, slices.IndexFunc(keys, func(k knownhosts.KnownKey) bool { return k.Key.Type() == key.Type() }))]
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
