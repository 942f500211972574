package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// crashStates checks the states that a power cut may leave after each event for which look is true.
// It checks each state once between two promises, against the promises made by then. It stops at
// the first error. Later than the event from, it also stops at a promise that brings no new state.
func (r *recording) crashStates(d *disk, events []recorded, from int, look func(i int) bool) (states int, err error) {
	promises := map[string]*promise{r.State(): {}, r.backup(): {}} // whole, in any case
	epoch := 0
	for i, e := range events {
		switch {
		case e.op != nil:
			if d.apply(*e.op); !d.coarse {
				err = r.indexIsBehind(d, *e.op)
			}
		case e.harm != nil:
			d.harm(*e.harm)
		default:
			promises[e.promise.place] = e.promise
			epoch++
		}
		before := states
		if err == nil && look(i) {
			d.crashes(func(state crashed) {
				key := fmt.Sprint(epoch, state.sum())
				if err != nil || r.kept[key] {
					return
				}
				states++
				err = r.checkState(state, promises)
				r.kept[key] = err == nil
			})
		}
		if err != nil {
			return states, fmt.Errorf("after event %d, %s: %w", i, r.name(e), err)
		}
		if e.promise != nil && i > from && states == before {
			break
		}
	}
	return states, nil
}

// disk returns the disk as it was before.
func (r *recording) disk() *disk {
	return newDisk(r.Dir, filepath.Base(r.Stats()), filepath.Base(r.State()))
}

// checkState returns an error if a state does not keep the promises, or if a service started in it
// does not repair everything by itself.
func (r *recording) checkState(state crashed, promises map[string]*promise) error {
	state.build(r.T, r.Dir)
	for _, place := range slices.Sorted(maps.Keys(promises)) {
		p := promises[place]
		if len(p.paths) > 0 {
			if !p.keptIn(state) {
				return fmt.Errorf("%s is not what was promised", place)
			}
		} else if p.torn != nil && bytes.Equal(state[filepath.Join(place, snapshot.Path("run"))], p.torn) {
			continue
		} else if err := r.keptAt(place, p); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
	}
	if err := r.recovers(promises); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	return nil
}

// keptIn reports whether a file is as promised.
func (p *promise) keptIn(state crashed) bool {
	return slices.ContainsFunc(p.paths, func(name string) bool {
		is, there := state[name]
		return slices.ContainsFunc(p.contents, func(content []byte) bool { return there == (content != nil) && bytes.Equal(is, content) })
	})
}

// keptAt returns an error if a directory is not as promised.
func (r *recording) keptAt(place string, p *promise) error {
	has, err := r.holdings.at(place)
	switch {
	case err != nil:
		return err
	case has.err != nil:
		return has.err
	case !p.rows.In(has.rows):
		return errors.New("rows that were promised are lost")
	case has.current.olderThan(p.current):
		return fmt.Errorf("the current snapshot is %v, promised was %v", has.current, p.current)
	case has.current == (version{}): // it is being adopted, the snapshot last of all
		return nil
	}
	return errors.Join(has.removed, has.wrong)
}

// removedFirst returns an error if a generation exists that the catalog has recorded as removed: if
// it were lost later, its copies would be removed too.
func removedFirst(place string) error {
	content, err := os.ReadFile(filepath.Join(place, snapshot.TombstonesPath("run")))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for generation := range snapshot.DecodeTombstones(content).Expired {
		if _, err := os.Stat(filepath.Join(place, snapshot.HistoryPath("run", generation))); err == nil {
			return fmt.Errorf("generation %d exists, but was recorded as removed", generation)
		}
	}
	return nil
}

// whole returns an error if anything in a catalog or backup is damaged or missing.
func whole(place string) error {
	a := archive.New(dir.New(place))
	runs, err := a.Runs(context.Background())
	if errors.Is(err, backup.ErrAbsent) {
		return nil
	}
	for _, run := range runs {
		if findings := a.Verify(context.Background(), run); len(findings) > 0 {
			return fmt.Errorf("%v", findings)
		}
	}
	return err
}

// recovers returns an error if a service, once started, does not bring all promised rows to catalog
// and backup.
func (r *recording) recovers(promises map[string]*promise) error {
	_ = filepath.WalkDir(r.Stats(), func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !durable.IsTemp(e.Name()) {
			r.Age(strings.TrimPrefix(name, r.Stats()+"/"))
		}
		return nil
	})
	c, err := catalog.Open(r.State())
	if err != nil {
		return err
	}
	defer c.Close()
	err = New(r.Tree(), c, []backup.Backup{dir.New(r.backup())}, Options{Log: r.Log}).SyncAll(context.Background(), nil)
	if err != nil && !isUnusable(err) {
		return err
	}
	for _, place := range []string{r.State(), r.backup()} {
		if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		for _, p := range promises {
			anywhere := promise{rows: p.rows, current: p.current}
			if err := r.keptAt(place, &anywhere); err != nil {
				return fmt.Errorf("%s: %w", place, err)
			}
		}
		has, err := r.holdings.at(place)
		if err == nil {
			err = has.wrong
		}
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
	}
	return nil
}

// indexIsBehind returns an error if the index, when it is written, describes a file that a power
// cut might still take away.
func (r *recording) indexIsBehind(d *disk, op durable.Op) error {
	name := filepath.Join(r.State(), indexPath)
	if op.To != name && (op.Path != name || op.Kind != durable.OpWrite) {
		return nil
	}
	return d.hasAllIn(d.open[name].data)
}

// hasAllIn returns an error if an index describes a file that a power cut might still take away.
func (d *disk) hasAllIn(index []byte) error {
	files, records := map[string][]catalog.File{}, map[string]catalog.Record{}
	catalog.ReadIndex(bytes.NewReader(index), func(run string, f []catalog.File, r catalog.Record) { files[run], records[run] = f, r })
	for _, of := range files {
		for _, f := range of {
			if !d.has(filepath.Join(d.root, "state", f.Name), f.Generation, f.Content) {
				return fmt.Errorf("the index is ahead of %s", f.Name)
			}
		}
	}
	for _, record := range records {
		for location, copies := range record.Backups {
			for name, f := range copies {
				if !d.hasRemote(filepath.Join(location, name), f) {
					return fmt.Errorf("the index is ahead of the copy %s", name)
				}
			}
		}
	}
	return nil
}

// hasRemote reports whether a file in a backup still matches f after a power cut.
func (d *disk) hasRemote(name string, f catalog.RemoteFile) bool {
	switch f.State {
	case catalog.RemoteVerified:
		return d.has(name, f.Generation, f.Content)
	case catalog.RemoteTombstones:
		return snapshot.DecodeTombstones(d.survives(name)).Until == f.Generation
	}
	return true
}

// has reports whether a snapshot survives a power cut.
func (d *disk) has(name string, generation int64, content string) bool {
	b := d.survives(name)
	meta, err := snapshot.ReadMeta(bytes.NewReader(b), int64(len(b)))
	return err == nil && meta.Generation == generation && meta.ContentSHA256 == content
}

// TestSomeCrashes cuts the power after some operations. TestEveryCrash, under the tag
// simulation, cuts it after each.
func TestSomeCrashes(t *testing.T) {
	t.Parallel()
	const each = 9 // and a file takes five operations, so that each kind of them has its turn
	cutPower(t, func(i int) bool { return i%each == 0 })
}

// cutPower checks each state that a power cut may leave after some events of a life.
func cutPower(t *testing.T, after func(i int) bool) {
	r := recordLife(newSite(t))
	states, err := r.crashStates(r.disk(), r.events, len(r.events), after)
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d operations, %d states after a crash", len(r.events), states)
}
