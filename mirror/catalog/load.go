package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// Directories of a catalog besides those of snapshots.
const (
	recordsDir = "records"
	damagedDir = "damaged" // snapshots that were set aside
)

// load learns the content of the catalog. It reads the index, and the footer of each file whose
// stamp differs from the index. It returns how many bytes of the index are still valid; 0 if the
// caller must write the index again.
func (c *Catalog) load() (indexed int64, err error) {
	var loading sync.WaitGroup
	loading.Go(func() { indexed = c.loadIndex() })
	listed, err := list(c.root, snapshot.CurrentDir, func(name string) bool { return strings.HasSuffix(name, snapshot.Suffix) || durable.IsTemp(name) })
	loading.Wait()
	s := loader{Catalog: c, before: map[string]generations{}}
	if err == nil {
		err = s.snapshots(listed)
	}
	if err != nil {
		return 0, err
	}
	if err := s.history(); err != nil {
		return 0, err
	}
	if s.changed {
		indexed = 0
	}
	for run, h := range c.runs {
		h.noteLost(s.before[run])
		if len(h.damagedEnded()) > 0 {
			h.update(run, (*Record).invalidateAll) // a backup may repair it
		}
	}
	return indexed, nil
}

// loader compares the entries from the index with the files.
type loader struct {
	*Catalog
	changed bool                   // the index differs from the files
	before  map[string]generations // histories in the index that differ from the files
	temps   bool                   // a crash has left temporary files among the snapshots
	short   map[string]string      // runs by an Escape that does not contain their name; nil until needed
}

// runOf returns the run with a name from snapshot.Escape, if the name or the index reveals it.
func (s *loader) runOf(name string) (run string, ok bool) {
	if run, ok = snapshot.Unescape(name); ok {
		return run, true
	}
	if s.short == nil {
		s.short = snapshot.Ambiguous(slices.Collect(maps.Keys(s.runs)))
	}
	run, ok = s.short[name]
	return run, ok
}

// snapshots enters the current snapshots into the catalog. If it cannot read a file, but the name
// or the index reveals the run, the snapshot of that run counts as damaged.
func (s *loader) snapshots(listed [][]store.Entry) error {
	var unread []string
	for _, part := range listed {
		for _, e := range part {
			if s.temps = s.temps || durable.IsTemp(e.Name); !s.known(e) {
				unread = append(unread, path.Join(snapshot.CurrentDir, e.Name))
			}
		}
	}
	if s.temps && s.lock != nil {
		if err := durable.RemoveTemps(s.root, snapshot.CurrentDir); err != nil {
			return err
		}
	}
	s.read(unread)
	for _, h := range s.runs {
		if !h.visited && h.current != nil {
			h.current, h.record, s.changed = nil, "", true
		}
		h.visited = false
	}
	return nil
}

// known reports whether load need not read a file: it is not a snapshot, or it has the stamp in the
// index.
func (s *loader) known(e store.Entry) bool {
	name, ok := strings.CutSuffix(e.Name, snapshot.Suffix)
	if !ok || !e.Regular {
		return true
	}
	run, ok := s.runOf(name)
	h := s.runs[run]
	if !ok || h == nil || h.current == nil || h.current.Stamp != e.Stamp {
		return false
	}
	h.visited, h.since = true, e.Stamp.ModTime
	return true
}

// read reads the footers of current snapshots, several at a time.
func (s *loader) read(names []string) {
	type footer struct {
		fileMeta
		run string
		err error
	}
	footers := make([]footer, len(names))
	var readers errgroup.Group
	readers.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		readers.Go(func() error {
			f := &footers[i]
			f.run, f.fileMeta, f.err = s.note(name, snapshot.ReadMeta)
			return nil
		})
	}
	_ = readers.Wait() // the goroutines return no error
	for i, name := range names {
		s.changed = true
		f := footers[i]
		damaged := f.err != nil || snapshot.Path(f.run) != name
		if damaged {
			var ok bool
			if f.run, ok = s.runOf(strings.TrimSuffix(path.Base(name), snapshot.Suffix)); !ok {
				continue
			}
		}
		s.noteCurrent(f.run, f.fileMeta, damaged)
	}
}

func (s *loader) noteCurrent(run string, n fileMeta, damaged bool) {
	h := s.hold(run)
	before := h.current
	h.current, h.since, h.damaged, h.visited = &n, n.Stamp.ModTime, damaged, true
	if damaged {
		h.current = nil
	}
	if !before.same(h.current) {
		h.record = ""
	}
}

// history enters the ended generations into the catalog.
func (s *loader) history() error {
	var mu sync.Mutex
	var failed error
	err := store.Each(context.Background(), s.root, snapshot.EndedDir, func(part []store.Entry) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range part {
			if e.Dir && failed == nil {
				failed = s.ended(e.Name)
			}
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	for run, h := range s.runs {
		if !h.visited && len(h.ended) > 0 {
			s.before[run] = h.ended
			h.ended, s.changed = nil, true
		}
		h.visited = false
	}
	return nil
}

// ended enters the ended generations in one directory into the catalog. If it cannot read a file,
// it still enters the number, so that no other generation gets it.
func (s *loader) ended(name string) error {
	dir := path.Join(snapshot.EndedDir, name)
	run, ok := s.runOf(name)
	var before, found generations
	if h := s.runs[run]; ok && h != nil {
		before = h.ended
	} else {
		ok = false // unless a file reveals it
	}
	listed, err := list(s.root, dir, func(name string) bool { return snapshot.IsHistory(name) || durable.IsTemp(name) })
	temps := false // a crash has left temporary files
	for _, e := range slices.Concat(listed...) {
		temps = temps || durable.IsTemp(e.Name)
		generation, is := snapshot.GenerationOf(e.Name)
		if !is {
			continue
		}
		if i, known := before.find(generation); known && !before[i].lost() && before[i].Stamp == e.Stamp {
			found.put(before[i])
			continue
		}
		s.changed = true
		of, n, err := s.note(path.Join(dir, e.Name), snapshot.ReadMeta)
		if err == nil && snapshot.HistoryDir(of) == dir {
			n.Generation = generation
			run, ok = of, true
		} else {
			n = fileMeta{Generation: generation, Content: before.known(generation)}
		}
		if n.Ended == 0 {
			n.Ended = cmp.Or(before.end(generation, n.Content), max(time.Now().UnixNano(), e.Stamp.ModTime))
		}
		found.put(n)
	}
	if err == nil && temps && s.lock != nil {
		err = durable.RemoveTemps(s.root, dir)
	}
	if err != nil || !ok {
		return err
	}
	content, err := s.readWhole(path.Join(dir, snapshot.TombstonesName), snapshot.MostTombstones)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !archive.IsDamaged(err) {
		return fmt.Errorf("list history: %w", err)
	}
	h := s.hold(run)
	h.removal, h.visited = snapshot.DecodeTombstones(content), true
	if len(found) != len(before) {
		s.changed, s.before[run] = true, before
	}
	h.ended = found
	return nil
}

// list returns, in batches, the entries of a directory for which has returns true. It keeps no
// others.
func list(root *os.Root, dir string, has func(name string) bool) (parts [][]store.Entry, err error) {
	var mu sync.Mutex
	err = store.Each(context.Background(), root, dir, func(part []store.Entry) {
		var kept []store.Entry
		for _, e := range part {
			if has(e.Name) {
				kept = append(kept, e)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		parts = append(parts, kept)
	})
	return parts, err
}
