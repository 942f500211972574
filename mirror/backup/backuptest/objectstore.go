package backuptest

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ObjectStore answers an S3 client from memory and without a network, so that tests can simulate
// time. It has every bucket, by path, and needs no access key. The zero value is empty.
type ObjectStore struct {
	IgnoresConditions bool // of uploads, as some stores do
	IgnoresEncoding   bool // of the keys in a listing: characters that XML cannot carry become U+FFFD, as with versitygw

	IgnoresMatch bool // of downloads: the condition If-Match
	OpaqueETags  bool // ETags are not the MD5 of the content, as with a store that encrypts
	NoETags      bool

	// Before is called before each answer, while the store is not locked; may be nil.
	Before func(*http.Request)

	// Denied reports whether an object may not be read, or with "" whether the bucket may not be
	// listed; nil means that all may.
	Denied func(name string) bool

	mu      sync.Mutex
	objects map[string]object // by bucket/key
}

type object struct {
	content  []byte
	etag     string
	metadata http.Header
}

// name writes the version of the object into an answer.
func (o object) name(w http.ResponseWriter) {
	if o.etag != "" {
		w.Header().Set("ETag", o.etag)
	}
}

// Location returns the location of a prefix in a bucket, for a client that sends its requests
// through the store.
func (s *ObjectStore) Location(prefix string) string {
	return "s3://bucket/" + prefix + "?region=us-east-1&path_style=true&endpoint=https://localhost"
}

// RoundTrip implements [http.RoundTripper].
func (s *ObjectStore) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	s.answer(w, r)
	response := w.Result()
	response.Request = r
	return response, nil
}

// Damage changes a byte of an object, as a disk may.
func (s *ObjectStore) Damage(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content := s.objects[name].content
	content[len(content)/2] ^= 1
}

// Swap replaces the content of an object, as another writer does.
func (s *ObjectStore) Swap(name, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[name] = s.object([]byte(content))
}

// Content returns the content of an object; "" if the object does not exist.
func (s *ObjectStore) Content(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.objects[name].content)
}

func (s *ObjectStore) object(content []byte) object {
	sum := md5.Sum(content)
	if s.OpaqueETags {
		sum = md5.Sum(sum[:])
	}
	etag := `"` + hex.EncodeToString(sum[:]) + `"`
	if s.NoETags {
		etag = ""
	}
	return object{content: content, etag: etag, metadata: http.Header{}}
}

func (s *ObjectStore) remove(w http.ResponseWriter, r *http.Request, name string) {
	o, exists := s.objects[name]
	if match := r.Header.Get("If-Match"); !s.IgnoresConditions && exists && match != "" && match != o.etag {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	delete(s.objects, name)
	w.WriteHeader(http.StatusNoContent)
}

func (s *ObjectStore) answer(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			refuse(w, http.StatusBadRequest, "IncompleteBody")
			return
		}
	}
	if s.Before != nil {
		s.Before(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case r.Method == http.MethodPut:
		s.put(w, r, name, body)
	case r.Method == http.MethodDelete:
		s.remove(w, r, name)
	case r.URL.Query().Has("list-type"):
		s.list(w, strings.TrimSuffix(name, "/"), r.URL.Query())
	default:
		s.get(w, r, name)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

func (s *ObjectStore) put(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	old, exists := s.objects[name]
	match, noneMatch := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
	sum := md5.Sum(body)
	switch want := r.Header.Get("Content-Md5"); {
	case want != "" && want != base64.StdEncoding.EncodeToString(sum[:]):
		refuse(w, http.StatusBadRequest, "BadDigest")
		return
	case s.IgnoresConditions:
	case match != "" && !exists:
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	case match != "" && match != old.etag, noneMatch == "*" && exists:
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	o := s.object(body)
	for key, values := range r.Header {
		if strings.HasPrefix(key, "X-Amz-Meta-") {
			o.metadata[key] = values
		}
	}
	if s.objects == nil {
		s.objects = map[string]object{}
	}
	s.objects[name] = o
	o.name(w)
}

func (s *ObjectStore) get(w http.ResponseWriter, r *http.Request, name string) {
	o, exists := s.objects[name]
	match := r.Header.Get("If-Match")
	switch {
	case s.Denied != nil && s.Denied(name):
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	case !exists:
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	case !s.IgnoresMatch && match != "" && match != o.etag:
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	if s.IgnoresMatch {
		r.Header.Del("If-Match")
	}
	maps.Copy(w.Header(), o.metadata)
	o.name(w)
	http.ServeContent(w, r, "", time.Unix(1e9, 0), bytes.NewReader(o.content))
}

// pageSize is the number of objects in one answer of a listing.
const pageSize = 1000

func (s *ObjectStore) list(w http.ResponseWriter, bucket string, query url.Values) {
	if s.Denied != nil && s.Denied("") {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
	type listed struct {
		Key  string
		ETag string
		Size int
	}
	page := struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		EncodingType          string
		IsTruncated           bool
		NextContinuationToken string
		Contents              []listed
	}{EncodingType: "url"}
	if s.IgnoresEncoding {
		page.EncodingType = ""
	}
	from, _ := strconv.Atoi(query.Get("continuation-token")) // the first page has no token
	prefix := bucket + "/" + query.Get("prefix")
	var names []string
	for name := range s.objects {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[from:min(from+pageSize, len(names))] {
		o := s.objects[name]
		key := name[len(bucket)+1:]
		if !s.IgnoresEncoding {
			key = url.QueryEscape(key)
		}
		page.Contents = append(page.Contents, listed{key, o.etag, len(o.content)})
	}
	if from+pageSize < len(names) {
		page.IsTruncated, page.NextContinuationToken = true, strconv.Itoa(from+pageSize)
	}
	_ = xml.NewEncoder(w).Encode(page) // into memory
}
