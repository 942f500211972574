package mirror

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"

	"statsmirror/mirror/backup/backuptest"
)

// refusals counts the failures of a site that name another writer.
func (s *site) refusals() int {
	n := 0
	for _, entry := range s.Logs.FilterField(event.Is(event.BackupFailed)).All() {
		if text, _ := entry.ContextMap()[event.FieldErr].(string); strings.Contains(text, fmt.Sprintf("process %d", os.Getpid())) {
			n++
		}
	}
	return n
}

func TestSecondWriterIsRefusedUntilTheFirstEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two, b := newSite(t), newSite(t), backuptest.NewFake("shared")
		one.StoreTraining("run", training(0, 20, 0))
		two.StoreTraining("run", training(0, 10, 1)) // another life
		two.StoreTraining("other", training(0, 10, 0))
		first := one.run(one.open(), Options{}, b)
		second := two.run(two.open(), Options{}, b)
		elapse(2 * time.Hour) // longer than a lease lasts without renewal
		if one.refusals() > 0 || two.refusals() == 0 || len(b.Names()) != 1 {
			t.Fatalf("refused %d and %d times, has %v", one.refusals(), two.refusals(), b.Names())
		}
		first.end(t)
		elapse(10 * time.Minute)
		want := []string{snapshot.HistoryPath("run", 1), snapshot.Path("other"), snapshot.Path("run")}
		if got := b.Names(); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("has %v, want %v", got, want)
		}
		second.end(t)
	})
}

func TestOneOfTwoFirstLeasesIsGranted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two, b := newSite(t), newSite(t), backuptest.NewFake("shared")
		b.Fail(func(operation, name string) error {
			if operation == "put" && name == leaseName {
				time.Sleep(10 * time.Second) // so that both have looked before either writes
			}
			return nil
		})
		first, second := one.run(one.open(), Options{}, b), two.run(two.open(), Options{}, b)
		elapse(time.Minute)
		if one.refusals() > 0 || two.refusals() == 0 {
			t.Errorf("refused %d and %d times", one.refusals(), two.refusals())
		}
		b.Fail(nil)
		elapse(time.Minute)
		first.end(t)
		second.end(t)
	})
}

func TestLeaseOfACrashedWriterIsTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two, b := newSite(t), newSite(t), backuptest.NewFake("shared")
		one.StoreTraining("run", training(0, 20, 0))
		two.StoreTraining("other", training(0, 10, 0))
		c := one.open()
		first := one.run(c, Options{}, b)
		claimed := b.Content(leaseName)
		first.end(t)
		b.Write(leaseName, claimed) // as if it had crashed

		second := two.run(two.open(), Options{}, b)
		elapse(14 * time.Minute)
		if two.refusals() == 0 || len(b.Names()) != 1 {
			t.Errorf("refused %d times, has %v", two.refusals(), b.Names())
		}
		elapse(16 * time.Minute)
		if len(b.Names()) != 2 {
			t.Errorf("has %v", b.Names())
		}

		again := one.run(c, Options{}, b) // it comes back
		elapse(10 * time.Minute)
		if one.refusals() == 0 {
			t.Error("it writes beside the service that took over")
		}
		again.end(t)
		second.end(t)
	})
}

// TestLeasesAreNotTrusted puts odd leases into a backup. None of them keeps a service out for
// longer than an abandoned lease.
func TestLeasesAreNotTrusted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		refused bool // at first
	}{
		"empty":              {"", false},
		"not JSON":           {"\x00\xff", false},
		"null":               {"null", false},
		"a list":             {"[]", false},
		"deep":               {strings.Repeat("[", mostLease), false},
		"too long":           {`{"host":"` + strings.Repeat("h", mostLease) + `"}`, false},
		"high process":       {`{"host":"h","pid":1e300,"renewed":"2000-01-01T00:00:00Z"}`, false},
		"higher process":     {`{"host":"h","pid":9223372036854775808,"renewed":"2000-01-01T00:00:00Z"}`, false},
		"negative process":   {`{"host":"h","pid":-9223372036854775808,"renewed":"2000-01-01T00:00:00Z"}`, true},
		"before time":        {`{"host":"h","since":"0000-01-01T00:00:00Z","renewed":"0000-01-01T00:00:00Z"}`, false},
		"at the end of time": {`{"host":"h","since":"9999-12-31T23:59:59Z","renewed":"9999-12-31T23:59:59Z"}`, true},
		"after time":         {`{"host":"h","renewed":"10000-01-01T00:00:00Z"}`, false},
		"bad escape":         {`{"host":"h","state":"%zz","renewed":"2000-01-01T00:00:00Z"}`, false},
	} {
		synctest.Test(t, func(t *testing.T) { // it is the year 2000
			s, b := newSite(t), backuptest.NewFake("backup")
			s.StoreTraining("run", training(0, 20, 0))
			b.Write(leaseName, []byte(c.content))
			m := s.run(s.open(), Options{}, b)
			elapse(time.Minute)
			if copied := len(b.Names()) == 1; copied == c.refused {
				t.Errorf("%s: has %v", name, b.Names())
			}
			elapse(29 * time.Minute)
			if len(b.Names()) != 1 {
				t.Errorf("%s: the lease was not taken over", name)
			}
			m.end(t)
		})
	}
}

// TestLeaseOfTheFutureSaysWhatToDo has a lease that would make sync wait until its time.
func TestLeaseOfTheFutureSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	b.Write(leaseName, []byte(`{"host":"h","renewed":"9999-12-31T23:59:59Z"}`))
	s.StoreTraining("run", training(0, 20, 0))
	err := s.mirror(s.open(), b).SyncAll(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "set the clock") || !strings.Contains(err.Error(), "remove "+leaseName) {
		t.Errorf("error is %v", err)
	}
}

func TestIdleBackupThatFailsAWhileRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		m := s.run(s.open(), Options{Rescan: 24 * time.Hour}, b)
		elapse(time.Hour)
		b.Fail(func(string, string) error { return errors.New("no route to host") })
		elapse(20 * time.Minute)
		b.Fail(nil)
		elapse(20 * time.Minute)
		failed, recovered := s.Logs.FilterField(event.Is(event.BackupFailed)).Len(), s.Logs.FilterField(event.Is(event.Recovered)).Len()
		if failed == 0 || recovered != 1 {
			t.Errorf("logged as failed %d times, as recovered %d times", failed, recovered)
		}
		m.end(t)
	})
}

func TestOwnLeaseIsNoObstacleAfterACrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		s.StoreTraining("run", training(0, 20, 0))
		c := s.open()
		m := s.run(c, Options{}, b)
		claimed := b.Content(leaseName)
		m.end(t)
		b.Write(leaseName, claimed)
		s.StoreTraining("run", training(0, 30, 0))
		m = s.run(c, Options{}, b)
		elapse(time.Second)
		if m.Status().Dirty != 0 || s.refusals() > 0 {
			t.Errorf("status %+v", m.Status())
		}
		m.end(t)
		if text := string(b.Content(leaseName)); !strings.Contains(text, `"ended":true`) {
			t.Errorf("the lease left behind is %s", text)
		}
	})
}
