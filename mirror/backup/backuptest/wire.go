package backuptest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Wire passes connections on to a server, and may cut or slow them. Its zero fields change nothing.
type Wire struct {
	Address string

	// Delay is how long each part of the stream takes.
	Delay atomic.Int64

	// Left is how many bytes more clients may send if it is not negative. Then the wire cuts every
	// connection, until Left is set again.
	Left atomic.Int64

	// Hung lets nothing more through, and says nothing of that.
	Hung atomic.Bool
}

// StartWire starts a wire in front of a server until the end of a test.
func StartWire(t *testing.T, server string) *Wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{Address: listener.Addr().String()}
	w.Left.Store(-1)
	var group sync.WaitGroup
	ended := make(chan struct{})
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { w.connect(client, server, ended) })
		}
	})
	t.Cleanup(func() {
		close(ended)
		listener.Close()
		group.Wait()
	})
	return w
}

func (w *Wire) connect(client net.Conn, server string, ended <-chan struct{}) {
	defer client.Close()
	there, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer there.Close()
	done := make(chan struct{}, 2)
	pass := func(to io.Writer, from io.Reader, counted bool) {
		defer func() { done <- struct{}{} }()
		for buffer := make([]byte, 4<<10); ; {
			n, err := from.Read(buffer)
			for w.Hung.Load() {
				select {
				case <-ended:
					return
				case <-time.After(time.Millisecond):
				}
			}
			time.Sleep(time.Duration(w.Delay.Load()))
			if counted && w.Left.Load() >= 0 && w.Left.Add(-int64(n)) <= 0 {
				w.Left.Store(0)
				return
			}
			if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil {
				return
			}
		}
	}
	go pass(there, client, true)
	go pass(client, there, false)
	select {
	case <-done:
	case <-ended:
	}
}
