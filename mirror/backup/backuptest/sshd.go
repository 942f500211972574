package backuptest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// SSHD is OpenSSH's server on the loopback interface, which an ordinary user runs and may use. It
// runs until the end of a test.
type SSHD struct {
	Address         string
	Dir             string // of the server's user, for backups
	Key, KnownHosts string // files for a client
	User            string

	// Options are lines for its configuration, such as "ForceCommand internal-sftp -R". They hold from
	// the next start.
	Options []string

	files   string
	id      *syscall.SysProcAttr
	process *exec.Cmd
}

// StartSSHD starts a server with options.
func StartSSHD(t *testing.T, options ...string) *SSHD {
	t.Helper()
	base, err := os.MkdirTemp("", "sshd-") // not below the test's own directory, which no other user may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	s := &SSHD{
		Dir: filepath.Join(base, "dir"), files: filepath.Join(base, "etc"), Options: options,
		Key: filepath.Join(base, "key"), KnownHosts: filepath.Join(base, "known_hosts"),
	}
	me, err := user.Current()
	if err == nil && os.Geteuid() == 0 {
		me, err = user.Lookup("daemon") // a user that every distribution has, and whose account is not locked
	}
	if err != nil {
		t.Fatal(err)
	}
	s.User = me.Username
	uid, uidErr := strconv.Atoi(me.Uid)
	gid, gidErr := strconv.Atoi(me.Gid)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if uidErr != nil || gidErr != nil || err != nil {
		t.Fatal(uidErr, gidErr, err)
	}
	s.Address = listener.Addr().String()
	listener.Close()
	for _, dir := range []string{base, s.Dir, s.files} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	host := s.makeKey(t, filepath.Join(s.files, "host_key"))
	s.write(t, s.KnownHosts, knownhosts.Line([]string{s.Address}, host))
	s.write(t, filepath.Join(s.files, "authorized_keys"), string(ssh.MarshalAuthorizedKey(s.makeKey(t, s.Key))))
	if os.Geteuid() == 0 {
		s.id = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		for _, name := range []string{s.Dir, s.files, filepath.Join(s.files, "host_key"), filepath.Join(s.files, "authorized_keys")} {
			if err := os.Chown(name, uid, gid); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

func (s *SSHD) write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// makeKey writes a private key into a file and returns the public one.
func (s *SSHD) makeKey(t *testing.T, file string) ssh.PublicKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, file, string(bytes.TrimSpace(pem.EncodeToMemory(block))))
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ChangeHostKey gives the server another key at its next start. It returns the line of that key in
// known_hosts.
func (s *SSHD) ChangeHostKey(t *testing.T) string {
	t.Helper()
	return knownhosts.Line([]string{s.Address}, s.makeKey(t, filepath.Join(s.files, "host_key")))
}

// Location returns the location of a directory below Dir. address is that of the server, or of a
// proxy in front of it.
func (s *SSHD) Location(address, below string) string {
	return fmt.Sprintf("sftp://%s@%s%s?key=%s&known_hosts=%s", s.User, address, filepath.Join(s.Dir, below), s.Key, s.KnownHosts)
}

// Start starts the server and waits until it answers.
func (s *SSHD) Start(t *testing.T) {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(s.files, "sshd_config")
	lines := append([]string{
		"ListenAddress " + host, "Port " + port, "HostKey " + filepath.Join(s.files, "host_key"), "AuthorizedKeysFile " + filepath.Join(s.files, "authorized_keys"),
		"PidFile none", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "LogLevel ERROR", "MaxStartups 100",
		"Subsystem sftp internal-sftp",
	}, s.Options...)
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.process = exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", config)
	s.process.SysProcAttr, s.process.Stderr, s.process.Dir = s.id, os.Stderr, s.Dir
	if err := s.process.Start(); err != nil {
		t.Fatalf("%v; install openssh-server, see .ci/run", err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := net.Dial("tcp", s.Address)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("sshd does not answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Kill ends the server and its connections without warning.
func (s *SSHD) Kill() {
	s.Signal(syscall.SIGKILL)
	_ = s.process.Wait()
}

// Signal sends a signal to the server and to the processes of its connections.
func (s *SSHD) Signal(signal syscall.Signal) {
	pids := []int{s.process.Process.Pid}
	for i := 0; i < len(pids); i++ { // each connection has a process in a session of its own
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pids[i], pids[i])) // none if it has ended
		for child := range strings.FieldsSeq(string(children)) {
			if pid, err := strconv.Atoi(child); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, signal)
	}
}
