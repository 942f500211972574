package s3

import (
	"io"
	"net/http"
	"sync/atomic"

	"statsmirror/mirror/backup"
)

// Requests returns what the store has been asked since the backup was opened.
// Each attempt of a request counts.
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
	switch {
	case r.Method == http.MethodPut:
		m.put.Add(1)
		m.sent.Add(r.ContentLength)
	case r.Method == http.MethodDelete:
		m.remove.Add(1)
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
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	if err == nil && r.Method == http.MethodGet {
		m.received.Add(max(0, response.ContentLength))
	}
	return response, err
}
