package s3

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Bounds on the time for a store that does not answer. Callers try again.
const (
	attempts        = 3
	connectTimeout  = 5 * time.Second
	responseTimeout = 20 * time.Second
	stallTimeout    = time.Minute // without a byte sent or received
	roleTimeout     = 2 * time.Second
)

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	dialer := net.Dialer{Timeout: connectTimeout}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &impatient{conn}, nil
	}
	t.TLSHandshakeTimeout = connectTimeout
	t.ResponseHeaderTimeout = responseTimeout
	t.DisableCompression = true
	return t
}

// impatient is a connection that fails when it stalls. While one direction moves, the other may
// wait: a store answers only after a whole upload.
type impatient struct{ net.Conn }

func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(stallTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *impatient) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(stallTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
