//go:build integration

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// renewed is the output of testdata/renew.mjs.
type renewed struct {
	Complaints, Requests, Names, Differs []string
	About                                string
	Same, Interrupted                    bool
	Kept                                 any
}

// TestOpenPageFollows opens a page that is written again in headless Chromium, from a file and from a
// web server. It shows the new runs and all that it showed before, and waits for the end of a drag.
func TestOpenPageFollows(t *testing.T) {
	t.Parallel()
	notebook(t) // fails and names the program if one is missing
	for _, from := range []string{"file", "server"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			dir := mirrorSample(t)
			page := filepath.Join(dir, "site", "index.html")
			stop := watchReport(t, dir, page)
			server := newPageServer(t, filepath.Dir(page))
			url := "file://" + page
			if from == "server" {
				url = server.URL + "/index.html"
			}
			seen := followPage(t, dir, url)
			stop()

			if len(seen.Complaints) > 0 || !seen.Same || seen.Interrupted || seen.Kept != nil {
				t.Errorf("the console has %q; the page shows the same: %v; a drag was interrupted: %v; %v is kept", seen.Complaints, seen.Same, seen.Interrupted, seen.Kept)
			}
			if len(seen.Differs) == 2 {
				t.Error(cmp.Diff(seen.Differs[0], seen.Differs[1]))
			}
			if want := []string{"cells-unet-16", "cells-unet-32", "new-1"}; !slices.Equal(seen.Names, want) {
				t.Errorf("the page shows %q, want %q", seen.Names, want)
			}
			if want := " looks for a newer page every 1 second"; seen.About != want {
				t.Errorf("the page says %q, want %q", seen.About, want)
			}
			for _, request := range seen.Requests {
				if !slices.Contains([]string{"GET " + url, "HEAD " + url}, request) {
					t.Errorf("the page requests %s", request)
				}
			}
			wantRequests(t, from, server)
		})
	}
}

// followPage runs the browser.
func followPage(t *testing.T, dir, url string) (seen renewed) {
	t.Helper()
	script, err := filepath.Abs("testdata/renew.mjs")
	if err != nil {
		t.Fatal(err)
	}
	const next = `n=$(ls stats/training_stats | wc -l); cp stats/training_stats/cells-unet-16 stats/training_stats/new-$((n - 1))
		touch -d '1 hour ago' stats/training_stats/new-*; statsmirror sync --stats stats --state state --backup backup 2>/dev/null`
	if err := json.Unmarshal([]byte(output(t, dir, "node", script, url, next)), &seen); err != nil {
		t.Fatal(err)
	}
	return seen
}

// watchReport starts report --watch, and waits for its page. stop ends it with SIGTERM.
func watchReport(t *testing.T, dir, page string) (stop func()) {
	t.Helper()
	command := commandIn(t, dir, "report", "--watch", "--every", "1s", "--state", "state", "--backup", "backup", "-o", filepath.Dir(page)+"/")
	var printed strings.Builder
	command.Stdout, command.Stderr = &printed, &printed
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(page); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	return func() {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("%v\n%s", err, printed.String())
		}
	}
}

// pageServer is a web server that counts its requests.
type pageServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests map[string]int // by method and path
}

func newPageServer(t *testing.T, dir string) *pageServer {
	t.Helper()
	s := &pageServer{requests: map[string]int{}}
	files := http.FileServer(http.Dir(dir))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests[r.Method+" "+r.URL.Path]++
		s.mu.Unlock()
		if r.URL.Path == "/index.html" {
			r.URL.Path = "/" // FileServer redirects the name
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// wantRequests checks that the page is loaded only when it has changed.
func wantRequests(t *testing.T, from string, server *pageServer) {
	t.Helper()
	server.mu.Lock()
	defer server.mu.Unlock()
	gets, heads := server.requests["GET /index.html"], server.requests["HEAD /index.html"]
	if from == "file" && len(server.requests) > 0 || from == "server" && (gets < 3 || gets > 5 || heads < 3) {
		t.Errorf("the server had %v", server.requests)
	}
}
