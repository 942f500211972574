package sftp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// session is a connection to the server. Several operations may use it at a time.
type session struct {
	*sftp.Client
	timing timing
	names  *names

	live context.Context // its cause says why the connection has ended
	end  context.CancelCauseFunc
	used atomic.Int64 // when, in Unix nanoseconds
	idle *time.Timer
}

// connect returns a connection that works, the last one if possible.
func (b *Backup) connect(ctx context.Context) (*session, error) {
	select {
	case b.connecting <- struct{}{}:
		defer func() { <-b.connecting }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if b.session != nil && b.session.works(ctx) {
		return b.session, nil
	}
	s, err := b.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", b.address, err)
	}
	b.session = s
	b.remark(s)
	return s, nil
}

// works reports whether the server still answers.
func (s *session) works(ctx context.Context) bool {
	if s.live.Err() != nil {
		return false
	}
	s.idle.Reset(s.timing.idle)
	if time.Since(time.Unix(0, s.used.Load())) < s.timing.fresh {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, s.timing.ping)
	defer cancel()
	_, err := ask(ctx, s, func() (string, error) { return s.RealPath(".") })
	if err != nil {
		s.end(errLost)
	}
	return err == nil
}

var (
	errLost = errors.New("the connection was lost")
	errIdle = errors.New("the connection was not used")
)

// ask makes one request. If ctx ends first, ask does not wait for the answer. If the server does not
// answer in time, the connection ends.
func ask[T any](ctx context.Context, s *session, do func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	type answer struct {
		is  T
		err error
	}
	s.idle.Reset(s.timing.idle)
	answers := make(chan answer, 1)
	go func() {
		patience := time.AfterFunc(s.timing.answer, func() { s.end(fmt.Errorf("the server has not answered within %v", s.timing.answer)) })
		defer patience.Stop()
		is, err := do()
		answers <- answer{is, err}
	}()
	select {
	case a := <-answers:
		if a.err == nil {
			s.used.Store(time.Now().UnixNano())
		} else if cause := s.lost(a.err); cause != nil {
			return none, cause
		}
		return a.is, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// lost returns why the connection has ended, if that is the reason for an error.
func (s *session) lost(err error) error {
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) {
		select {
		case <-s.live.Done(): // soon, with the cause
		case <-time.After(s.timing.remove):
		}
	}
	_, status := errors.AsType[*sftp.StatusError](err)
	if s.live.Err() != nil && (!status || errors.Is(err, sftp.ErrSSHFxConnectionLost)) {
		return context.Cause(s.live)
	}
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) {
		return errLost
	}
	return nil
}

// tell makes one request whose answer is only an error.
func tell(ctx context.Context, s *session, do func() error) error {
	_, err := ask(ctx, s, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// offers reports whether the server has an extension of the protocol.
func (s *session) offers(extension string) bool {
	version, offered := s.HasExtension(extension)
	return offered && version == "1"
}

// dial connects to the server and logs in.
func (b *Backup) dial(outer context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(outer, b.timing.connect)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", b.address)
	if err != nil {
		return nil, b.late(outer, ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	s, err := b.handshake(conn)
	if !stop() && err == nil {
		err = ctx.Err()
		s.end(err)
	}
	if err != nil {
		_ = conn.Close()
		return nil, b.late(outer, ctx, err)
	}
	return s, nil
}

// late returns the error of dial, which may be that the time was up.
func (b *Backup) late(outer, ctx context.Context, err error) error {
	if outer.Err() == nil && ctx.Err() != nil {
		return fmt.Errorf("the server has not let the user in within %v", b.timing.connect)
	}
	return err
}

// handshake logs in over a connection.
func (b *Backup) handshake(conn net.Conn) (*session, error) {
	hosts, err := b.login.hostKeys()
	if err != nil {
		return nil, err
	}
	signers, notes, done, err := b.login.signers()
	if err != nil {
		return nil, err
	}
	defer done()
	algorithms := hosts.algorithms(b.address)
	over, channels, requests, err := ssh.NewClientConn(conn, b.address, &ssh.ClientConfig{
		User: b.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(signers...)},
		HostKeyCallback: hosts.check, HostKeyAlgorithms: algorithms,
	})
	switch untrusted, ok := errors.AsType[*hostKeyError](err); {
	case ok:
		return nil, untrusted
	case err != nil && strings.Contains(err.Error(), "authentication failures"): // not all keys were tried
		return nil, fmt.Errorf("%w; the server allows fewer attempts: name one key with ?key=FILE, or leave only the right one in the agent", refused(b.user, signers, notes))
	case err != nil && strings.Contains(err.Error(), "unable to authenticate"):
		return nil, refused(b.user, signers, notes)
	case err != nil && strings.Contains(err.Error(), "no common algorithm for host key"):
		return nil, fmt.Errorf("the server has no key of the kinds in known_hosts, %s; remove its old lines from %s to see the new key: %w",
			strings.Join(algorithms, ", "), strings.Join(hosts.files, ", "), err)
	case err != nil:
		return nil, err
	}
	client := ssh.NewClient(over, channels, requests)
	s, err := b.start(client)
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	return s, nil
}

// start starts the file transfer over a connection that has logged in.
func (b *Backup) start(client *ssh.Client) (*session, error) {
	channel, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	in, inErr := channel.StdinPipe()
	out, outErr := channel.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, err
	}
	if err := channel.RequestSubsystem("sftp"); err != nil {
		return nil, fmt.Errorf("the server does not offer SFTP to the user %s; it needs \"Subsystem sftp internal-sftp\" in its sshd_config: %w", b.user, err)
	}
	s := &session{timing: b.timing, names: &names{from: out}}
	s.names.room.Store(math.MaxInt64)
	if s.Client, err = sftp.NewClientPipe(s.names, in, sftp.UseConcurrentWrites(true)); err != nil {
		return nil, fmt.Errorf("start SFTP for the user %s, which fails if the account prints text at login: %w", b.user, err)
	}
	live, end := context.WithCancelCause(context.Background())
	s.live = live
	s.end = func(why error) {
		end(why)
		_ = client.Close()
	}
	s.used.Store(time.Now().UnixNano())
	s.idle = time.AfterFunc(s.timing.idle, func() { s.end(errIdle) })
	go func() {
		err := s.Wait()
		s.idle.Stop()
		if errors.Is(err, errNames) {
			s.end(errNames)
		}
		s.end(errLost)
	}()
	return s, nil
}
