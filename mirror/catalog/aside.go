package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// SetAside moves the damaged snapshot of a run away, so that another can take its place. It forgets
// everything recorded of the run, and returns the new path; "" if the snapshot is missing. If it
// fails, it may be called again.
func (t *Tx) SetAside() (name string, err error) {
	name, err = t.catalog.setAside(snapshot.Path(t.Run), snapshot.FileName(t.Run))
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	h := t.entry
	if err != nil {
		h.damaged = true
		return "", fmt.Errorf("set damaged snapshot aside: %w", err)
	}
	h.current, h.damaged, h.uncertain, h.record = nil, false, nil, ""
	return name, nil
}

// setAside moves a file to the first directory for such files that has no file of that name. If an
// earlier attempt moved the file but could not sync the directories, setAside syncs them.
func (c *Catalog) setAside(from, base string) (to string, err error) {
	var last string
	for n := 1; ; n++ {
		to = path.Join(damagedDir, strconv.Itoa(n), base)
		if _, err := c.root.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
		last = to
	}
	if _, err := c.root.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		if last == "" { // others may remove files too
			return "", nil
		}
		return last, durable.SyncMove(c.root, from, last)
	}
	if err := durable.MkdirAll(c.root, path.Dir(to)); err != nil {
		return "", err
	}
	return to, durable.Move(c.root, from, to)
}

// errOtherRows is the reason for setting a whole file aside.
var errOtherRows = errors.New("its rows differ from those of the generation that takes its place")

// makeRoom sets aside the file in the place of an ended generation, unless its rows are kept
// elsewhere or in the new file. has reports whether the new file has them; it is nil without a
// new file.
func (t *Tx) makeRoom(generation int64, has func(old *archive.Content) (bool, error)) error {
	name := snapshot.HistoryPath(t.Run, generation)
	of, n, err := t.catalog.note(name, snapshot.Verify)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil && !archive.IsDamaged(err):
		return err
	case err == nil:
		if of != t.Run {
			has = nil
		}
		if kept, err := t.catalog.keeps(of, n, generation, name, has); kept || err != nil {
			return err
		}
		err = errOtherRows
	}
	aside, asideErr := t.catalog.setAside(name, name)
	if asideErr != nil {
		return fmt.Errorf("set %s aside: %w", name, asideErr)
	}
	t.catalog.mu.Lock()
	t.entry.ended.spoil(generation)
	t.catalog.mu.Unlock()
	if t.catalog.onAside != nil {
		t.catalog.onAside(t.Run, aside, generation, err)
	}
	return nil
}

// keeps reports whether the rows of the file in a generation's place are kept when another file
// takes the place. has reports whether that other file has them; it is nil without another file.
func (c *Catalog) keeps(of string, n fileMeta, generation int64, name string, has func(old *archive.Content) (bool, error)) (bool, error) {
	c.mu.Lock()
	elsewhere := c.hold(of).ended.keeps(n.Content, generation)
	c.mu.Unlock()
	if elsewhere || has == nil {
		return elsewhere, nil
	}
	old, err := c.contentOf(name)
	if err != nil {
		return false, err
	}
	defer old.Close()
	return has(old)
}
