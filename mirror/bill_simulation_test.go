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
// each with its own client and lease. To save time, hosts share catalogs, because a catalog's own
// work costs nothing in the store. They are mostly idle.
func TestTenThousandHostsAreBilledAsDocumented(t *testing.T) {
	backuptest.SetKeys(t)
	synctest.Test(t, func(t *testing.T) {
		const catalogs, hostsEach, together, stores, idle = 400, 25, 10, 2, 8 * time.Minute
		const hosts = catalogs * hostsEach
		var clients []*s3.Backup
		var sites []*site
		var mirrors []*running
		for i := range catalogs {
			var backups []backup.Backup
			store := &backuptest.ObjectStore{} // this host's share of the common store
			for range hostsEach {
				b := openMetered(t, store, fmt.Sprintf("host-%05d", len(clients)))
				clients = append(clients, b)
				backups = append(backups, b)
			}
			s := newSite(t)
			s.StoreTraining("run", training(0, 1, 0))
			sites = append(sites, s)
			mirrors = append(mirrors, sites[i].run(s.open(), Options{Drain: time.Minute}, backups...))
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
		if start.List != hosts {
			t.Errorf("listed %d times to start, documented is once per host", start.List)
		}
		for minute := range int64(stores) {
			for i, s := range sites {
				s.StoreTraining("run", training(0, 2+minute, 0))
				mirrors[i].Enqueue("run")
				if (i+1)%together == 0 { // to bound the memory
					elapse(time.Minute / catalogs * together)
				}
			}
		}
		elapse(idle)
		wantBilled(t, asked().Minus(start), billed(hosts, stores, stores*time.Minute+idle))
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
