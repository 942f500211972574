package sftp

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

// server is an SFTP server on the loopback interface, with one user. It lacks fsync@openssh.com.
type server struct {
	address string
	dir     string // of the backup
	host    ssh.Signer
	others  []ssh.Signer // host keys of other kinds, and certificates
	user    ssh.Signer

	key, knownHosts string // files for the client

	// wrap returns the stream between a client and the server; nil changes nothing.
	wrap func(io.ReadWriteCloser) io.ReadWriteCloser

	mu    sync.Mutex
	conns []net.Conn
}

func newKey(t *testing.T) (ssh.Signer, []byte) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	block, marshalErr := ssh.MarshalPrivateKey(private, "")
	if err := errors.Join(err, marshalErr); err != nil {
		t.Fatal(err)
	}
	return signer, pem.EncodeToMemory(block)
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve starts a server until the end of the test.
func serve(t *testing.T) *server {
	t.Helper()
	files := t.TempDir()
	s := &server{dir: filepath.Join(t.TempDir(), "backup"), key: filepath.Join(files, "key"), knownHosts: filepath.Join(files, "known_hosts")}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var private []byte
	s.host, _ = newKey(t)
	s.user, private = newKey(t)
	write(t, s.key, private)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	write(t, s.knownHosts, []byte(knownhosts.Line([]string{s.address}, s.host.PublicKey())+"\n"))
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			group.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.disconnect()
		group.Wait()
	})
	return s
}

// disconnect ends all connections.
func (s *server) disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		conn.Close()
	}
	s.conns = nil
}

func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(s.user.PublicKey().Marshal()) {
			return nil, errors.New("another key")
		}
		return &ssh.Permissions{}, nil
	}}
	s.mu.Lock()
	for _, key := range append(s.others, s.host) {
		config.AddHostKey(key)
	}
	s.mu.Unlock()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(r.Type == "subsystem", nil)
			}
		}()
		var stream io.ReadWriteCloser = channel
		if s.wrap != nil {
			stream = s.wrap(channel)
		}
		files, err := sftp.NewServer(stream)
		if err != nil {
			return
		}
		_ = files.Serve()
		channel.Close()
	}
}

// open returns a backup on the server.
func (s *server) open(t *testing.T) *Backup {
	t.Helper()
	b, err := Open("sftp://user@" + s.address + s.dir + "?key=" + s.key + "&known_hosts=" + s.knownHosts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if b.session != nil {
			b.session.end(errIdle)
		}
	})
	return b
}

func TestConformance(t *testing.T) {
	t.Parallel()
	backuptest.Run(t, func(t *testing.T) backup.Backup { return serve(t).open(t) })
}
