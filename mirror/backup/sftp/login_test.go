package sftp

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// says checks that an error has every text.
func says(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

func TestUnknownHostKeyIsShownWithTheLineToAdd(t *testing.T) {
	t.Parallel()
	s := serve(t)
	write(t, s.knownHosts, nil)
	line := knownhosts.Line([]string{s.address}, s.host.PublicKey())
	says(t, s.open(t).Check(t.Context()), "is not known", ssh.FingerprintSHA256(s.host.PublicKey()), "add this line to "+s.knownHosts+": "+line)
	write(t, s.knownHosts, []byte(line+"\n"))
	if err := s.open(t).Check(t.Context()); err != nil {
		t.Errorf("with that line: %v", err)
	}
	if err := os.Remove(s.knownHosts); err != nil {
		t.Fatal(err)
	}
	says(t, s.open(t).Check(t.Context()), "is not known")
}

func TestChangedHostKeyIsAnAlarm(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.mu.Lock()
	s.host, _ = newKey(t)
	s.mu.Unlock()
	says(t, s.open(t).Check(t.Context()), "ALARM: the host key of "+s.address+" has changed", ssh.FingerprintSHA256(s.host.PublicKey()), s.knownHosts+", line 1")
	write(t, s.knownHosts, []byte("@revoked * "+knownhosts.Line([]string{"x"}, s.host.PublicKey())[2:]+"\n"))
	says(t, s.open(t).Check(t.Context()), "revoked")
}

// certify gives a server a certificate for a host, beside its key.
func (s *server) certify(t *testing.T, authority ssh.Signer, host string) {
	t.Helper()
	cert := &ssh.Certificate{Key: s.host.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{host}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	certified, err := ssh.NewCertSigner(cert, s.host)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.others = []ssh.Signer{certified}
	s.mu.Unlock()
}

// TestCertifiedHost has a server with a certificate, and each kind of line in known_hosts.
func TestCertifiedHost(t *testing.T) {
	t.Parallel()
	s := serve(t)
	authority, _ := newKey(t)
	other, _ := newKey(t)
	s.certify(t, authority, "127.0.0.1")
	lineOf := func(marker, host string, key ssh.Signer) string {
		return marker + knownhosts.Line([]string{host}, key.PublicKey()) + "\n"
	}
	const marker = "@cert-authority "
	plain := lineOf("", s.address, s.host)
	for name, c := range map[string]struct{ known, says string }{
		"authority":                       {lineOf(marker, s.address, authority), ""},
		"authority of every port":         {lineOf(marker, "127.0.0.*", authority), ""},
		"key":                             {plain, ""},
		"key and authority":               {lineOf(marker, s.address, authority) + plain, ""},
		"key and another's authority":     {lineOf(marker, s.address, other) + plain, ""},
		"key and authority of other host": {lineOf(marker, "*.example.org", authority) + plain, ""},
		"another authority":               {lineOf(marker, s.address, other), ssh.FingerprintSHA256(authority.PublicKey())},
		"revoked authority":               {lineOf(marker, s.address, authority) + lineOf("@revoked ", "*", authority), "revoked"},
		"nothing":                         {"", "add this line to " + s.knownHosts + ": " + plain},
	} {
		write(t, s.knownHosts, []byte(c.known))
		switch err := s.open(t).Check(t.Context()); {
		case c.says != "":
			says(t, err, strings.TrimSpace(c.says))
		case err != nil:
			t.Errorf("%s: %v", name, err)
		}
	}
	write(t, s.knownHosts, []byte(lineOf(marker, s.address, authority)))
	s.certify(t, authority, "another.example.org")
	says(t, s.open(t).Check(t.Context()), "is not valid here", "another.example.org")
	s.mu.Lock()
	s.others = nil
	s.mu.Unlock()
	says(t, s.open(t).Check(t.Context()), "is not known", "add this line to "+s.knownHosts+": "+strings.TrimSpace(plain))
}

// TestHostWithSeveralKeys has a server with keys of two kinds. known_hosts has one of them, or also an
// old key.
func TestHostWithSeveralKeys(t *testing.T) {
	t.Parallel()
	s := serve(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.others = []ssh.Signer{second}
	s.mu.Unlock()
	wrong, _ := newKey(t)
	line := func(key ssh.Signer) string { return knownhosts.Line([]string{s.address}, key.PublicKey()) + "\n" }
	for _, known := range []string{line(s.host), line(second), line(second) + line(s.host), line(wrong) + line(s.host)} {
		write(t, s.knownHosts, []byte(known))
		if err := s.open(t).Check(t.Context()); err != nil {
			t.Errorf("%v\nwith\n%s", err, known)
		}
	}
	write(t, s.knownHosts, []byte("old.example.org 1024 35 1234567890\n"+line(s.host)))
	says(t, s.open(t).Check(t.Context()), s.knownHosts+":1", "correct or remove that line")
}

func TestServerMayNotOfferAKeyOfAnotherKind(t *testing.T) {
	t.Parallel()
	s := serve(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ssh.NewPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.knownHosts, []byte(knownhosts.Line([]string{s.address}, other)+"\n"))
	says(t, s.open(t).Check(t.Context()), "no key of the kinds in known_hosts, ecdsa-sha2-nistp256", s.knownHosts)
}

func TestRefusedKeyIsNamed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	mine, private := newKey(t)
	write(t, s.key, private)
	says(t, s.open(t).Check(t.Context()), "lets the user user in with none of the keys ssh-ed25519 "+ssh.FingerprintSHA256(mine.PublicKey()), "authorized_keys")
	write(t, s.key, []byte("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n"))
	says(t, s.open(t).Check(t.Context()), "read key "+s.key)
	if err := os.Remove(s.key); err != nil {
		t.Fatal(err)
	}
	says(t, s.open(t).Check(t.Context()), s.key, "no such file")
}

func TestKeyThatEverybodyMayReadIsRemarked(t *testing.T) {
	t.Parallel()
	s := serve(t)
	remarks := func() []string {
		b := s.open(t)
		if err := b.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.connecting <- struct{}{} // held by an attempt that hangs
		return b.Remarks()
	}
	before := remarks()
	if err := os.Chmod(s.key, 0o644); err != nil {
		t.Fatal(err)
	}
	if all := remarks(); len(all) != len(before)+1 || !strings.Contains(all[0], "may read the key "+s.key) {
		t.Errorf("got %q, before %q", all, before)
	}
}

// TestKeyOfACredential gives the key as systemd does, beside the access key of an object store.
func TestKeyOfACredential(t *testing.T) {
	s := serve(t)
	credentials := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	file := filepath.Join(credentials, "backup")
	location := "sftp://user@" + s.address + s.dir + "?known_hosts=" + s.knownHosts
	for content, want := range map[string]string{"[default]\naws_access_key_id = KEY\n": "there is no key for the server", "": ""} {
		if content == "" {
			private, err := os.ReadFile(s.key)
			if err != nil {
				t.Fatal(err)
			}
			content = string(private)
		}
		write(t, file, []byte(content))
		b, err := Open(location)
		if err != nil {
			t.Fatal(err)
		}
		err = b.Check(t.Context())
		if want != "" {
			says(t, err, want)
		} else if err != nil {
			t.Error(err)
		}
		if b.session != nil {
			b.session.end(errIdle)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	b, err := Open(location, filepath.Join(credentials, "missing"), s.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Errorf("with the files of root's commands: %v", err)
	}
	b.session.end(errIdle)
}

// TestAgent has the right key in an agent, as the only key and after more keys than a server allows.
func TestAgent(t *testing.T) {
	s := serve(t)
	private, err := os.ReadFile(s.key)
	if err != nil {
		t.Fatal(err)
	}
	right, err := ssh.ParseRawPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	held := agent.NewKeyring()
	socket := filepath.Join(t.TempDir(), "agent")
	t.Setenv("SSH_AUTH_SOCK", socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(held, conn) }()
		}
	}()
	check := func() error {
		b, err := Open("sftp://user@" + s.address + s.dir + "?known_hosts=" + s.knownHosts)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if b.session != nil {
				b.session.end(errIdle)
			}
		}()
		return b.Check(t.Context())
	}
	says(t, check(), "there is no key for the server")
	if err := held.Add(agent.AddedKey{PrivateKey: right}); err != nil {
		t.Fatal(err)
	}
	if err := check(); err != nil {
		t.Error(err)
	}
	if err := held.RemoveAll(); err != nil {
		t.Fatal(err)
	}
	for range 7 { // a server usually allows 6 attempts
		_, other, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := held.Add(agent.AddedKey{PrivateKey: other}); err != nil {
			t.Fatal(err)
		}
	}
	if err := held.Add(agent.AddedKey{PrivateKey: right}); err != nil {
		t.Fatal(err)
	}
	says(t, check(), "name one key with ?key=FILE")
}

func TestLocations(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"sftp://u@host/a/b":                   "sftp://host:22/a/b",
		"sftp://u@Host/a":                     "sftp://host:22/a", // known_hosts has names in lower case
		"sftp://u@host:2222/a//b/":            "sftp://host:2222/a/b",
		"sftp://u@[::1]/a%20b":                "sftp://[::1]:22/a b",
		"sftp://u@host/~/a":                   "sftp://u@host:22/~/a",
		"sftp://u@host/~":                     "sftp://u@host:22/~/.",
		"sftp://u@host/":                      "sftp://host:22/",
		"sftp://u@host/a?key=k&known_hosts=h": "sftp://host:22/a",
		"sftp://u:secret@host/a":              "it holds a password",
		"sftp://u:@host/a":                    "it holds a password",
		"sftp://host/a":                       "it names no user",
		"sftp://u@/a":                         "it names no host",
		"sftp://u@host":                       "it names no directory",
		"sftp://u@host/a/../b":                "must not have ..",
		"sftp://u@host/a%00":                  "must not have ..",
		"sftp://u@host/a#b":                   "in a path write %23",
		"sftp://u@host/a?password=secret":     `unknown key "password"; use key or known_hosts`,
		"sftp://u:secret@host:x/a":            "it is not a URL",
	} {
		b, err := Open(location)
		switch {
		case err == nil && (b.Place() != want || b.String() != location):
			t.Errorf("%s: place is %s, want %s", location, b.Place(), want)
		case err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")):
			t.Errorf("%s: %v, want %s", location, err, want)
		}
	}
}
