package backuptest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"
)

// Faults are the changes that a proxy makes to requests. The zero value changes nothing.
type Faults struct {
	// Refuse returns the status with which to answer a request instead of the server; 0 passes the
	// request on.
	Refuse func(*http.Request) int

	// Upload returns the content that the server reads instead of the real content of an upload.
	Upload func(r *http.Request, content io.Reader) io.Reader
}

// Proxy starts a proxy in front of the server until the end of a test, and returns its address.
func (s *Server) Proxy(t *testing.T, f Faults) (address string) {
	t.Helper()
	passOn := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", s.Address // with the host that was signed
			r.Out.URL.Path, r.Out.URL.RawPath, r.Out.URL.RawQuery = r.In.URL.Path, r.In.URL.RawPath, r.In.URL.RawQuery
			if f.Upload != nil && r.In.Method == http.MethodPut {
				r.Out.Body = io.NopCloser(f.Upload(r.In, r.In.Body))
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.Refuse != nil {
			if status := f.Refuse(r); status != 0 {
				_, _ = io.Copy(io.Discard, r.Body) // or the client fails before it reads the answer
				w.WriteHeader(status)
				return
			}
		}
		passOn.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return strings.TrimPrefix(proxy.URL, "http://")
}
