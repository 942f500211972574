package s3

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// An upload that moves may take as long as it takes, though the answer waits for it;
// one that stalls fails.
func TestConnectionThatMovesIsNotImpatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		conn := &impatient{ours}
		answered := make(chan error, 1)
		go func() {
			_, err := conn.Read(make([]byte, 1))
			answered <- err
		}()
		go func() {
			for range 10 {
				time.Sleep(stallTimeout / 2)
				_, _ = theirs.Read(make([]byte, 1))
			}
		}()
		for range 10 {
			if _, err := conn.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case err := <-answered:
			t.Fatalf("the answer was waited for %v only: %v", stallTimeout, err)
		default:
		}
		began := time.Now()
		if err := <-answered; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) > stallTimeout {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		began = time.Now()
		if _, err := conn.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != stallTimeout {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A store that knows no conditions says so in one way or another.
func TestStoreThatKnowsNoConditions(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "bbbbbbbbbbbb")
	for _, answer := range []struct {
		status int
		body   string
	}{
		{http.StatusNotImplemented, `<Error><Code>NotImplemented</Code></Error>`},
		{http.StatusNotImplemented, ``},
		{http.StatusBadRequest, `<Error><Code>InvalidArgument</Code></Error>`},
		{http.StatusOK, ``},
	} {
		store := func(r *http.Request) (*http.Response, error) {
			status, body := http.StatusOK, ""
			if r.Header.Get("If-None-Match")+r.Header.Get("If-Match") != "" {
				status, body = answer.status, answer.body
			}
			return &http.Response{
				StatusCode: status, Header: http.Header{"Etag": {`"x"`}}, Request: r,
				Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
			}, nil
		}
		b, err := OpenVia(roundTrip(store), "s3://bucket/p?endpoint=http://host&region=us-east-1&path_style=true")
		if err != nil {
			t.Fatal(err)
		}
		if keeps, err := b.keepsConditions(t.Context()); keeps || err != nil {
			t.Errorf("%d %q: keeps %v, %v", answer.status, answer.body, keeps, err)
		}
	}
}
