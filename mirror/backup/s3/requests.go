package s3

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"statsmirror/mirror/backup"
)

// Requests returns the number of requests since the backup was opened. Each attempt counts.
func (b *Backup) Requests() backup.Requests {
	m := b.meter
	return backup.Requests{
		Put: m.put.Load(), Get: m.get.Load(), List: m.list.Load(), Delete: m.remove.Load(),
		Sent: m.sent.Load(), Received: m.received.Load(),
	}
}

// meter counts the requests that it passes on.
type meter struct {
	via http.RoundTripper

	put, get, list, remove, sent, received atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pageOf(r); err != nil {
		return nil, err
	}
	switch {
	case r.Method == http.MethodPut:
		m.put.Add(1)
		m.sent.Add(r.ContentLength)
	case r.Method == http.MethodDelete:
		m.remove.Add(1)
		r = withMatch(r)
	case r.URL.Query().Has("list-type"):
		m.list.Add(1)
	default:
		m.get.Add(1)
	}
	response, err := m.via.RoundTrip(r)
	if err == nil && r.URL.Query().Has("list-type") {
		response.Body = struct {
			io.Reader
			io.Closer
		}{&page{from: response.Body, room: maxAnswer, markup: mostMarkup}, response.Body}
	}
	if err == nil && r.Method == http.MethodGet {
		m.received.Add(max(0, response.ContentLength))
	}
	return response, err
}

// page bounds a page of a listing while it is read. Empty elements would take many times their
// bytes once decoded.
type page struct {
	from         io.Reader
	room, markup int
}

func (p *page) Read(b []byte) (int, error) {
	n, err := p.from.Read(b[:min(len(b), p.room+1)])
	p.room -= n
	p.markup -= bytes.Count(b[:n], []byte("<"))
	if p.room < 0 || p.markup < 0 {
		return 0, errPage
	}
	return n, err
}

var errPage = errors.New("a page of the listing is larger than a thousand objects need")
