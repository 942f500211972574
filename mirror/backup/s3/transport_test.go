package s3

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
)

// An upload that moves may take any time, although the answer waits for it. An upload that stalls
// fails.
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
			t.Fatalf("waited only %v for the answer: %v", stallTimeout, err)
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

// Stores without conditions say so in different ways.
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

// TestHostileListingNeverEnds has a server that returns more and more objects, in pages and in one
// page.
func TestHostileListingNeverEnds(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "bbbbbbbbbbbb")
	const object = `<Contents><Key>%d-%0900d</Key></Contents>`
	truncated := func(objects string) func() io.Reader {
		return func() io.Reader {
			return strings.NewReader(`<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>` + objects + `</ListBucketResult>`)
		}
	}
	for name, test := range map[string]struct {
		answer func() io.Reader
		pages  int64
		err    string
	}{
		"pages":                  {truncated(`<Contents><Key>x</Key></Contents>`), mostPages, "does not end: more than 32768 pages"},
		"pages without objects":  {truncated(""), mostEmpty, "does not end: more than 1000 pages without an object"},
		"one page":               {func() io.Reader { return &endless{again: fmt.Sprintf(object, 1, 0)} }, 1, "than a thousand objects need"},
		"one page of no objects": {func() io.Reader { return &endless{again: "<Contents/>"} }, 1, "than a thousand objects need"},
	} {
		var sent int64
		b, err := OpenVia(roundTrip(func(r *http.Request) (*http.Response, error) {
			body := &counted{test.answer(), &sent}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: body, ContentLength: -1}, nil
		}), "s3://bucket?endpoint=http://host&region=us-east-1&path_style=true")
		if err != nil {
			t.Fatal(err)
		}
		err = b.List(t.Context(), "", func(backup.Info) error { return nil })
		if err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v", name, err)
		}
		if asked := b.Requests().List; asked > test.pages {
			t.Errorf("%s: asked for %d pages", name, asked)
		}
		if sent > 2*maxAnswer {
			t.Errorf("%s: read %d bytes", name, sent)
		}
	}
}

// endless is XML that begins and never ends.
type endless struct {
	rest, again string
	n           int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.rest = e.again; e.n == 0 {
			e.rest = "<ListBucketResult>"
		}
	}
	n := copy(p, e.rest)
	if e.rest, e.n = e.rest[n:], e.n+n; e.n > 4*maxAnswer {
		return 0, io.EOF
	}
	return n, nil
}

// counted counts the bytes read from an answer.
type counted struct {
	io.Reader
	sum *int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.sum += int64(n)
	return n, err
}

func (*counted) Close() error { return nil }
