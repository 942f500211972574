package mirror

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/s3"
)

// billed returns the requests that packaging/docs/operations.md documents for hosts in that time, in
// which each run is stored at least once in each interval: an upload and a check of the result for
// each run and interval, and for each renewal of a host's lease.
func billed(hosts, runs int64, interval, d time.Duration) backup.Requests {
	uploads := hosts * (runs*int64(d/interval) + int64(d/leaseRenewal))
	return backup.Requests{Put: uploads, Get: uploads}
}

// billedInterval returns options with an interval of a minute for each backup, the default of
// object stores.
func billedInterval(o Options, backups ...backup.Backup) Options {
	o.Intervals = map[string]time.Duration{}
	for _, b := range backups {
		o.Intervals[b.String()] = time.Minute
	}
	return o
}

func openMetered(t *testing.T, store *backuptest.ObjectStore, host string) *s3.Backup {
	t.Helper()
	b, err := s3.OpenVia(store, store.Location(host))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// trainFor stores each run from time to time.
func (s *site) trainFor(d, every time.Duration, m *running, runs, from int64) {
	for i := range int64(d / every) {
		for run := range runs {
			name := fmt.Sprintf("run-%d", run)
			s.StoreTraining(name, training(0, from+i, 0))
			m.Enqueue(name)
		}
		elapse(every)
	}
}

func TestOneHostIsBilledAsDocumented(t *testing.T) {
	backuptest.SetKeys(t)
	synctest.Test(t, func(t *testing.T) {
		const runs, d = 3, 40 * time.Minute
		s, store := newSite(t), &backuptest.ObjectStore{}
		b := openMetered(t, store, "host")
		m := s.run(s.open(), billedInterval(Options{}, b), b)
		start := b.Requests()
		start.Sent, start.Received = 0, 0
		if want := (backup.Requests{Put: 4, Get: 2, List: 1, Delete: 1}); start != want {
			t.Errorf("sent %+v to start, documented %+v", start, want)
		}
		s.trainFor(10*time.Minute, time.Minute, m, runs, 1)
		for _, every := range []time.Duration{time.Minute, 20 * time.Second} { // the bill is the same
			from := int64(time.Hour / every)
			before := b.Requests()
			s.trainFor(d, every, m, runs, from)
			wantBilled(t, b.Requests().Minus(before), billed(1, runs, time.Minute, d))
		}
		m.end(t)
	})
}

// wantBilled compares the requests with the documented ones. Leases may be renewed a little later
// than documented.
func wantBilled(t *testing.T, got, want backup.Requests) {
	t.Helper()
	t.Logf("sent %+v, documented %+v", got, want)
	for _, c := range []struct {
		what      string
		got, want int64
	}{{"uploads", got.Put, want.Put}, {"looks", got.Get, want.Get}} {
		if c.got > c.want || c.got < c.want-c.want/20 {
			t.Errorf("%d %s, documented are %d", c.got, c.what, c.want)
		}
	}
	if got.List+got.Delete > 0 {
		t.Errorf("listed %d, deleted %d times", got.List, got.Delete)
	}
}

func TestDocumentHasTheBill(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../packaging/docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hosts, runs int64
		interval    time.Duration
	}{
		{1, 1, time.Minute}, {100, 10, time.Minute}, {10_000, 10, time.Minute}, {10_000, 10, 5 * time.Minute}, {10_000, 10, time.Hour},
	} {
		day := billed(c.hosts, c.runs, c.interval, 24*time.Hour)
		text := strings.TrimSuffix(strings.TrimSuffix(c.interval.String(), "0s"), "0m")
		line := fmt.Sprintf("| %s | %s | %s |", thousands(c.hosts), thousands(c.runs), text)
		for _, n := range []int64{day.Put, day.Get, c.hosts} {
			line += " " + thousands(n) + " |"
		}
		if !strings.Contains(string(document), line) {
			t.Errorf("operations.md lacks %s", line)
		}
	}
}

// thousands writes a number with separators, as in 10,000.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
