package sftp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// login says with which keys to log in, and which server to trust.
type login struct {
	key        string   // file of a private key; "" for the usual ones
	keys       []string // files that may hold a private key
	knownHosts string   // file; "" for the usual ones
}

// mostKey is how many bytes a file of a key may have.
const mostKey = 1 << 16

// signers returns the keys to try, and a function that must be called when they are no longer
// needed. notes says why other keys are not among them.
func (l login) signers() (signers []ssh.Signer, notes []string, done func(), err error) {
	done = func() {}
	if l.key != "" {
		signer, err := readKey(l.key)
		if err != nil {
			return nil, nil, done, err
		}
		return []ssh.Signer{signer}, nil, done, nil
	}
	add := func(file string) {
		switch signer, err := readKey(file); {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotKey):
		case err != nil:
			notes = append(notes, err.Error())
		default:
			signers = append(signers, signer)
		}
	}
	files := l.keys
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		files = []string{filepath.Join(dir, "backup")}
	}
	for _, file := range files {
		add(file)
	}
	if socket := os.Getenv("SSH_AUTH_SOCK"); socket != "" {
		held, close, err := agentKeys(socket)
		if err != nil {
			notes = append(notes, fmt.Sprintf("agent %s: %v", socket, err))
		} else {
			signers, done = append(signers, held...), close
		}
	}
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		if home, err := os.UserHomeDir(); err == nil {
			add(filepath.Join(home, ".ssh", name))
		}
	}
	return signers, notes, done, nil
}

// errNotKey means that a file holds something else, such as the access key of an object store.
var errNotKey = errors.New("it does not hold a private key")

func readKey(file string) (ssh.Signer, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if !bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		return nil, fmt.Errorf("read key %s: %w", file, errNotKey)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, fmt.Errorf("read key %s: it has a passphrase; load it into an agent, or make a key without one that may do nothing but this backup", file)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", file, err)
	}
	return signer, nil
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostKey))
}

// agentKeys returns the keys that an agent holds. The agent signs until done is called.
func agentKeys(socket string) (signers []ssh.Signer, done func(), err error) {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return nil, nil, errors.Unwrap(err) // without the address again
	}
	if err = conn.SetDeadline(time.Now().Add(usual.connect)); err == nil {
		signers, err = agent.NewClient(conn).Signers()
	}
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return signers, func() { _ = conn.Close() }, nil
}

// refused explains that the server accepted none of the keys.
func refused(user string, signers []ssh.Signer, notes []string) error {
	var tried []string
	for _, s := range signers {
		tried = append(tried, s.PublicKey().Type()+" "+ssh.FingerprintSHA256(s.PublicKey()))
	}
	why := fmt.Sprintf("the server lets the user %s in with none of the keys %s; add the public key to the user's authorized_keys there", user, strings.Join(tried, ", "))
	if len(tried) == 0 {
		why = "there is no key for the server; name one with ?key=FILE, start an agent, or put one where systemd finds the service's key. Only root's commands can use the key that systemd gives the service"
	}
	if len(notes) > 0 {
		why += " (" + strings.Join(notes, "; ") + ")"
	}
	return errors.New(why)
}
