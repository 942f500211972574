package mirror

import (
	"context"
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// model is a run's life with everything that can happen to it, and all rows that were ever in a
// snapshot of it.
type model struct {
	*site
	catalog *catalog.Catalog
	mirror  *Mirror
	backup  *backuptest.Fake
	down    bool // the backup fails
	safe    bool // the backup has everything
	ever    statstest.Rows

	rival  *site          // of another service that writes to the same backup in turn
	theirs statstest.Rows // rows that it has brought there
}

const modelRun = "a run"

// rowsIn returns the rows of all generations in a place.
func (m *model) rowsIn(t *rapid.T, place backup.Backup) statstest.Rows {
	rows, err := rowsOfAll(place)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// rowsOfAll returns the rows of all generations in a catalog or backup.
func rowsOfAll(place backup.Reader) (statstest.Rows, error) {
	infos, err := backup.Collect(context.Background(), place, "", archive.Belongs)
	if err != nil {
		return nil, err
	}
	rows := statstest.Rows{}
	for _, info := range infos {
		top, _, _ := strings.Cut(info.Name, "/")
		if top != snapshot.CurrentDir && top != snapshot.EndedDir || path.Base(info.Name) == snapshot.TombstonesName {
			continue
		}
		f, err := place.Open(context.Background(), info.Name)
		if err != nil {
			return nil, err
		}
		s, err := snapshot.Read(f, f.Info().Size)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		maps.Copy(rows, statstest.RowsOf(s))
	}
	return rows, nil
}

func (m *model) restart() {
	if m.catalog != nil {
		m.Check(m.catalog.Close())
	}
	m.catalog = m.open()
	m.mirror = m.site.mirror(m.catalog, m.backup)
}

func (m *model) actions() map[string]func(*rapid.T) {
	until := rapid.Int64Range(1, 6)
	values := rapid.IntRange(0, 2)
	return map[string]func(*rapid.T){
		"training": func(t *rapid.T) {
			m.StoreTraining(modelRun, training(0, until.Draw(t, "until"), float64(values.Draw(t, "values"))))
		},
		"validation": func(t *rapid.T) {
			iterations := rapid.SliceOfNDistinct(rapid.Int64Range(0, 6), 1, 4, rapid.ID).Draw(t, "iterations")
			m.StoreValidation(modelRun, store.Normalise(validation(float64(values.Draw(t, "values"))*100, iterations...)))
		},
		"sync":         func(t *rapid.T) { m.sync(t) },
		"sync a run":   func(t *rapid.T) { m.syncRun(t) },
		"restart":      func(*rapid.T) { m.restart() },
		"remove":       func(*rapid.T) { _ = os.RemoveAll(m.Stats()) },
		"tear":         func(*rapid.T) { m.tearTraining() },
		"lose records": func(*rapid.T) { m.Check(os.RemoveAll(filepath.Join(m.State(), recordsDir))); m.restart() },
		"lose catalog": func(t *rapid.T) { m.lose(t, func() { m.LoseCatalog() }) },
		"damage":       func(t *rapid.T) { m.lose(t, func() { m.Damage(snapshot.Path(modelRun)) }) },
		"lose backup": func(*rapid.T) {
			m.backup.SetFiles(nil)
			m.safe = false
			clear(m.theirs)
		},
		"rival": func(t *rapid.T) {
			m.rival.StoreTraining(modelRun, training(0, until.Draw(t, "until"), float64(10+values.Draw(t, "values"))))
			m.rivalSyncs(t)
		},
		"break backup": func(*rapid.T) {
			m.backup.Fail(func(string, string) error { return errors.New("down") })
			m.down = true
		},
		"mend backup": func(*rapid.T) { m.backup.Fail(nil); m.down = false },
	}
}

// tearTraining tears the training stats, if there are any.
func (m *model) tearTraining() {
	name := filepath.Join(string(store.Training), modelRun)
	if _, err := os.Stat(filepath.Join(m.Stats(), name)); err == nil {
		m.Tear(filepath.Join(m.Stats(), name))
		m.Age(name)
	}
}

// lose damages the catalog in a way that only the backup can repair.
func (m *model) lose(t *rapid.T, how func()) {
	if !m.safe || len(m.ever) == 0 || m.down {
		t.Skip("the backup does not have everything")
	}
	m.Check(m.catalog.Close())
	m.catalog = nil
	how()
	m.restart()
	m.sync(t)
}

// rivalSyncs makes the other service do one pass.
func (m *model) rivalSyncs(t *rapid.T) {
	c, err := catalog.Open(m.rival.State())
	m.Check(err)
	defer c.Close()
	if err := m.rival.mirror(c, m.backup).SyncAll(context.Background(), nil); err != nil {
		if !m.down {
			t.Fatal(err)
		}
		return
	}
	m.theirs = m.rowsIn(t, dir.New(m.rival.State()))
}

func (m *model) syncRun(t *rapid.T) {
	m.mirror.handle(modelRun, m.mirror.Sync(context.Background(), modelRun))
	m.note(t)
}

func (m *model) sync(t *rapid.T) {
	err := m.mirror.SyncAll(context.Background(), nil)
	m.note(t)
	if m.down {
		return
	}
	if err != nil && !isUnusable(err) {
		t.Fatal(err)
	}
	m.safe = true
	in := m.rowsIn(t, m.backup)
	if !m.ever.In(in) {
		t.Fatal("a row is not in the backup")
	}
	if !m.theirs.In(in) {
		t.Fatal("a row of the other service is no longer in the backup")
	}
}

// note records the rows of the current snapshot.
func (m *model) note(t *rapid.T) {
	s, err := loadCurrent(m.catalog, modelRun)
	if err != nil {
		t.Fatal(err)
	}
	before := len(m.ever)
	maps.Copy(m.ever, statstest.RowsOf(s))
	m.safe = m.safe && len(m.ever) == before
}

func TestNoRowIsEverLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, rival := newSite(t), newSite(t)
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) { // a bubble has no Deadline
			m := &model{site: s, rival: rival, backup: backuptest.NewFake("backup"), ever: statstest.Rows{}, theirs: statstest.Rows{}}
			m.Check(errors.Join(os.RemoveAll(m.Stats()), os.RemoveAll(rival.Dir)))
			m.LoseCatalog()
			m.restart()
			actions := m.actions()
			actions[""] = func(t *rapid.T) {
				if !m.ever.In(m.rowsIn(t, dir.New(m.State()))) {
					t.Fatal("a row is not in the catalog")
				}
			}
			t.Repeat(actions)
			m.backup.Fail(nil)
			m.down = false
			m.sync(t)
			m.Check(m.catalog.Close())
		})
	})
}
