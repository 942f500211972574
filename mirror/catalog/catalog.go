package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// Catalog is an open catalog. Its methods may be called by several goroutines.
type Catalog struct {
	dir   string
	root  *os.Root
	names durable.Names // root, except in tests
	lock  *os.File

	clock   clock
	onAside func(run, name string, generation int64, reason error) // called when an ended generation was set aside; may be nil

	mu      mutex
	runs    map[string]*entry
	index   *durable.Log // nil if it must be written again
	indexed int64        // its size when it was last rewritten
}

// ErrRefused means that one run cannot be copied although the backup works.
var ErrRefused = errors.New("not copied")

// mutex counts how often it is locked, for a test.
type mutex struct {
	sync.Mutex
	locked int
}

func (m *mutex) Lock() {
	m.Mutex.Lock()
	m.locked++
}

// Locks returns how often the catalog has been locked, for tests.
func (c *Catalog) Locks() int {
	c.mu.Mutex.Lock()
	defer c.mu.Unlock()
	return c.mu.locked
}

// Open opens the catalog in dir, and creates it if it is missing. It removes files that a
// crash left half written. If another process has the catalog open, the error matches ErrLocked.
func Open(dir string) (*Catalog, error) {
	root, err := durable.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	return newCatalog(dir, root, (*Catalog).open)
}

// newCatalog returns the catalog in root after prepare has read it.
func newCatalog(dir string, root *os.Root, prepare func(*Catalog) error) (*Catalog, error) {
	c := &Catalog{dir: dir, root: root, names: root, clock: clock{began: time.Now()}, runs: map[string]*entry{}}
	if err := prepare(c); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w", dir, err), c.Close())
	}
	return c, nil
}

func (c *Catalog) open() (err error) {
	if c.lock, err = acquireLock(c.root); err != nil {
		return err
	}
	for _, dir := range []string{snapshot.CurrentDir, snapshot.EndedDir, recordsDir} {
		if err := durable.MkdirAll(c.root, dir); err != nil {
			return err
		}
		if what := durable.Folds(c.names, dir); what != "" {
			return &FoldsError{dir, what}
		}
	}
	if err := durable.RemoveTemps(c.root, recordsDir); err != nil {
		return err
	}
	size, err := c.load()
	if err == nil {
		c.keepIndex(size)
	}
	return err
}

// OpenReadOnly opens the catalog in dir for reading only. Another process may have it open.
func OpenReadOnly(dir string) (*Catalog, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	return newCatalog(dir, root, func(c *Catalog) error { _, err := c.load(); return err })
}

// Close lets other processes open the catalog.
func (c *Catalog) Close() error {
	err := c.closeIndex()
	if c.lock != nil {
		err = errors.Join(err, releaseLock(c.lock))
	}
	return errors.Join(err, c.root.Close())
}

// Dir returns the directory of the catalog.
func (c *Catalog) Dir() string { return c.root.Name() }

// OnAside sets the function called when an ended generation was set aside, with the new name of its
// file. Call OnAside before the catalog is used.
func (c *Catalog) OnAside(do func(run, name string, generation int64, reason error)) { c.onAside = do }

// Now returns the earlier of two times: that of the wall clock, and the start of the process plus
// the time that has passed. Retention uses it, so that a wall clock that jumps forward expires
// nothing.
func (c *Catalog) Now() time.Time { return c.clock.earliest() }

// Began sets when the process began, if that was before the catalog was opened. Call Began before
// the catalog is used.
func (c *Catalog) Began(at time.Time) { c.clock.began = at }

// Runs returns the runs with a snapshot in the catalog, in order.
func (c *Catalog) Runs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var runs []string
	for run, h := range c.runs {
		if h.current != nil || h.damaged {
			runs = append(runs, run)
		}
	}
	slices.Sort(runs)
	return runs
}

// Len returns the number of Runs.
func (c *Catalog) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, h := range c.runs {
		if h.current != nil || h.damaged {
			n++
		}
	}
	return n
}

// hold returns the entry of a run. The caller must hold c.mu.
func (c *Catalog) hold(run string) *entry {
	h := c.runs[run]
	if h == nil {
		h = &entry{}
		c.runs[run] = h
	}
	return h
}

// Changing reports whether someone is changing the files of a run.
func (c *Catalog) Changing(run string) bool {
	c.mu.Lock()
	h := c.hold(run)
	c.mu.Unlock()
	free := h.changing.TryLock()
	if free {
		h.changing.Unlock()
	}
	return !free
}

// Current describes the current snapshot of a run and says when it was written; nil if there is
// none.
func (c *Catalog) Current(run string) (meta *snapshot.Meta, written time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	return h.current.meta(run), time.Unix(0, h.since)
}

// write writes a snapshot file of the catalog durably and describes it.
func (c *Catalog) write(name string, content func(io.Writer) (snapshot.Meta, error)) (fileMeta, error) {
	var m snapshot.Meta
	err := durable.WriteFile(c.root, name, func(w io.Writer) (err error) {
		m, err = content(w)
		return err
	})
	if err != nil {
		return fileMeta{}, err
	}
	info, err := c.root.Lstat(name)
	if err != nil {
		return fileMeta{}, err
	}
	return fileMetaOf(m, info), nil
}

// OpenFile opens a file of the catalog for reading.
func (c *Catalog) OpenFile(name string) (*os.File, fs.FileInfo, error) {
	f, err := c.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // so that a named pipe does not block
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: not a regular file: %w", name, backup.ErrEntry)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// Content opens a snapshot file of the catalog, whose rows must be those of f.
func (c *Catalog) Content(f File) (*archive.Content, error) {
	is, err := c.contentOf(f.Name)
	if err == nil && is.Meta().ContentSHA256 != f.Content {
		err = errors.Join(fmt.Errorf("%w: the catalog's %s was changed by another program", ErrRefused, f.Name), is.Close())
	}
	return is, err
}

// contentOf opens a snapshot file of the catalog.
func (c *Catalog) contentOf(name string) (*archive.Content, error) {
	in, info, err := c.OpenFile(name)
	if err != nil {
		return nil, err
	}
	is := &archive.Content{Closer: in}
	if is.File, err = snapshot.Open(in, info.Size()); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return is, nil
}

// note describes a snapshot file of the catalog, and returns its run.
func (c *Catalog) note(name string, read func(io.ReaderAt, int64) (snapshot.Meta, error)) (run string, n fileMeta, err error) {
	f, info, err := c.OpenFile(name)
	if err != nil {
		return "", fileMeta{}, err
	}
	defer f.Close()
	m, err := read(f, info.Size())
	if err != nil {
		return "", fileMeta{}, err
	}
	return m.Run, fileMetaOf(m, info), nil
}

// MarkDamaged records that a file of a run is damaged, and reports whether it is the current
// snapshot. A damaged ended generation is no longer used. Its number is not given again, and a
// backup that has it repairs it.
func (c *Catalog) MarkDamaged(run string, f File) (current bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	if f.Name == snapshot.Path(run) {
		h.damaged = true
		return true
	}
	content := digestOf(f.Content)
	h.ended.put(fileMeta{Generation: f.Generation, Content: content, Ended: h.ended.end(f.Generation, content)})
	h.update(run, (*Record).invalidateAll)
	return false
}

// Damaged reports whether the current snapshot of a run is known to be damaged.
func (c *Catalog) Damaged(run string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).damaged
}

// DamagedEnded reads the ended generations of a run that are known to be damaged or missing.
// It returns the errors of the damaged ones.
func (c *Catalog) DamagedEnded(run string) map[int64]error {
	c.mu.Lock()
	lost := c.hold(run).damagedEnded()
	c.mu.Unlock()
	damaged := map[int64]error{}
	for _, generation := range lost {
		if _, _, err := c.note(snapshot.HistoryPath(run, generation), snapshot.ReadMeta); archive.IsDamaged(err) {
			damaged[generation] = err
		}
	}
	return damaged
}

// Scratch returns a file without a name in the catalog, for data too large for memory.
func (c *Catalog) Scratch() (*os.File, error) { return durable.Unnamed(c.root) }

// Files lists the files of a run that a backup should have: the ended generations, the last one
// first, and then the current snapshot.
func (c *Catalog) Files(run string) []File {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).files(run)
}

// readWhole reads a small file of the catalog. A file with more than most bytes is damaged.
func (c *Catalog) readWhole(name string, most int64) ([]byte, error) {
	f, info, err := c.OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return snapshot.ReadWhole(f, info.Size(), most)
}
