package s3

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"statsmirror/mirror/backup"
)

// answering returns a backup whose store always gives the same answer.
func answering(t *testing.T, status int, header http.Header, body string) *Backup {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "bbbbbbbbbbbb")
	b, err := OpenVia(roundTrip(func(r *http.Request) (*http.Response, error) {
		response := &http.Response{StatusCode: status, Header: header.Clone(), Request: r, Body: http.NoBody, ContentLength: int64(len(body))}
		if r.Method == http.MethodGet {
			response.Body = &counted{strings.NewReader(body), new(int64)}
		}
		return response, nil
	}), "s3://bucket/p?endpoint=http://host&region=us-east-1&path_style=true")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSizesOfAnswersAreNotTrusted has a store that claims a wrong size for an object.
func TestSizesOfAnswersAreNotTrusted(t *testing.T) {
	for _, total := range []string{
		"-1", "-9223372036854775808", "0", "3", "9223372036854775807", "9223372036854775808", "99999999999999999999", "1e3", "*", "",
	} {
		header := http.Header{"Etag": {`"x"`}, "Content-Range": {"bytes 0-3/" + total}, "Last-Modified": {"Sat, 01 Jan 2000 00:00:00 GMT"}}
		b := answering(t, http.StatusPartialContent, header, "four")
		f, err := b.Open(t.Context(), "a/b")
		if err != nil {
			continue
		}
		if f.Info().Size < 4 {
			t.Errorf("%q: the object has %d bytes", total, f.Info().Size)
		}
		if n, err := f.ReadAt(make([]byte, 8), 0); err == nil {
			t.Errorf("%q: read %d bytes", total, n)
		}
		if n, err := f.ReadAt(make([]byte, 8), f.Info().Size-1); err == nil {
			t.Errorf("%q: read %d bytes at the end", total, n)
		}
	}
}

// TestListingsAreNotTrusted lists objects with odd names, sizes and times.
func TestListingsAreNotTrusted(t *testing.T) {
	const object = `<Contents><Key>%s</Key><Size>%s</Size><LastModified>%s</LastModified><ETag>%s</ETag></Contents>`
	for _, c := range []struct {
		key, size, modified, etag string
		want                      string // the name; "" for none
	}{
		{"p/a/b", "5", "2000-01-01T00:00:00Z", "x", "a/b"},
		{"p/a/b", "-5", "2000-01-01T00:00:00Z", "x", "a/b"},
		{"p/a/b", "9223372036854775807", "9999-12-31T23:59:59Z", "x", "a/b"},
		{"p/a/b", "9223372036854775808", "2000-01-01T00:00:00Z", "x", ""},
		{"p/a/b", "5", "0000-00-00T00:00:00Z", "x", ""},
		{"p/a/b", "5", "10000-01-01T00:00:00Z", "x", ""},
		{"p/../b", "5", "2000-01-01T00:00:00Z", "x", ""},
		{"p/a//b", "5", "2000-01-01T00:00:00Z", "x", ""},
		{"p//b", "5", "2000-01-01T00:00:00Z", "x", ""},
		{"p/", "5", "2000-01-01T00:00:00Z", "x", ""},
		{"/b", "5", "2000-01-01T00:00:00Z", "x", ""},
		{"", "5", "2000-01-01T00:00:00Z", "x", ""},
		{"p/.statsmirror-tmp-1", "5", "2000-01-01T00:00:00Z", "x", ""},
	} {
		body := fmt.Sprintf("<ListBucketResult>"+object+"</ListBucketResult>", c.key, c.size, c.modified, c.etag)
		b := answering(t, http.StatusOK, http.Header{}, body)
		name := ""
		err := b.List(t.Context(), "", func(info backup.Info) error { name = info.Name; return nil })
		if err != nil {
			name = ""
		}
		if name != c.want {
			t.Errorf("%+v: listed %q, %v", c, name, err)
		}
	}
}
