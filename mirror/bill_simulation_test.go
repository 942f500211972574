//go:build simulation

package mirror

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/s3"
)

// TestTenThousandHostsAreBilledAsDocumented lets ten thousand hosts mirror into one object store,
// each with its own client, lease and replica. Every fortieth host has ten runs, the others one.
// All runs are stored every second for a while, then rest. To save time, hosts share catalogs,
// because a catalog's own work costs nothing in the store. Asserted: the requests of the start; an
// upload of each run at its first store, and one at the end of the interval; the leases.
func TestTenThousandHostsAreBilledAsDocumented(t *testing.T) {
	backuptest.SetKeys(t)
	synctest.Test(t, func(t *testing.T) {
		const catalogs, hostsEach, manyRuns, busy, idle = 400, 25, 10, 20 * time.Second, 9*time.Minute + 40*time.Second
		const hosts = catalogs * hostsEach
		runsOf := func(catalog int) int64 {
			if catalog%40 == 0 {
				return manyRuns
			}
			return 1
		}
		allRuns := int64(0)
		var clients []*s3.Backup
		var sites []*site
		var mirrors []*running
		for i := range catalogs {
			allRuns += hostsEach * runsOf(i)
			var backups []backup.Backup
			store := &backuptest.ObjectStore{} // this host's share of the common store
			for range hostsEach {
				b := openMetered(t, store, fmt.Sprintf("host-%05d", len(clients)))
				clients = append(clients, b)
				backups = append(backups, b)
			}
			s := newSite(t)
			s.storeAll(runsOf(i), 1)
			sites = append(sites, s)
			mirrors = append(mirrors, s.run(s.open(), billedInterval(Options{Drain: time.Minute}, backups...), backups...))
		}
		asked := func() (all backup.Requests) {
			for _, b := range clients {
				all = all.Plus(b.Requests())
			}
			return all
		}
		elapse(time.Minute)
		start := asked()
		t.Logf("%d hosts sent %+v to start", hosts, start)
		if start.List != hosts || start.Put < 4*hosts+allRuns || start.Put > 5*hosts+allRuns { // some leases are renewed already
			t.Errorf("listed %d times and sent %d objects to start, documented are one listing and four objects per host, and each run", start.List, start.Put)
		}
		for second := range int64(busy / time.Second) {
			for i, s := range sites {
				for _, run := range s.storeAll(runsOf(i), 2+second) {
					mirrors[i].Enqueue(run)
				}
				elapse(time.Second / catalogs) // to bound the memory
			}
		}
		elapse(idle)
		lease := billed(hosts, 0, time.Minute, busy+idle)
		wantBilled(t, asked().Minus(start), lease.Plus(backup.Requests{Put: 2 * allRuns, Get: 2 * allRuns}))
		for i, m := range mirrors {
			if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 {
				t.Errorf("catalog %d: %+v", i, status)
			}
			m.stop()
		}
		for _, m := range mirrors {
			m.end(t)
		}
	})
}

// storeAll stores rows of each run and returns the runs.
func (s *site) storeAll(runs, until int64) (all []string) {
	for i := range runs {
		run := fmt.Sprintf("run-%d", i)
		s.StoreTraining(run, training(0, until, 0))
		all = append(all, run)
	}
	return all
}
