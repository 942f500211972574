package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"statsmirror/store/durable"
)

// disk is what a file system has been told, and what of it would be there after a
// power cut. POSIX promises the content of a file that was synced, and the entries
// of a directory that was synced; of all else any part may be there.
type disk struct {
	root    string
	entries map[string]map[string]*inode // of directories, that are durable
	pending map[string][]entryChange     // of directories, in order
	open    map[string]*inode            // files by path, as a program sees them
}

type inode struct {
	dir     bool
	data    []byte
	durable []byte // what was synced
	synced  bool   // all of data
}

// entryChange adds an entry to a directory, or removes one where its inode is nil;
// a rename within a directory does both at once.
type entryChange struct {
	add    string
	inode  *inode
	remove string
}

func newDisk(root string, dirs ...string) *disk {
	d := &disk{root: root, entries: map[string]map[string]*inode{root: {}}, pending: map[string][]entryChange{}, open: map[string]*inode{}}
	for _, dir := range dirs {
		d.entries[root][dir] = &inode{dir: true}
		d.entries[path.Join(root, dir)] = map[string]*inode{}
	}
	return d
}

func (d *disk) apply(op durable.Op) {
	dir, base := path.Split(op.Path)
	dir = path.Clean(dir)
	switch op.Kind {
	case durable.OpMkdir:
		d.entries[op.Path] = map[string]*inode{}
		d.change(dir, entryChange{add: base, inode: &inode{dir: true}})
	case durable.OpCreate:
		d.open[op.Path] = &inode{}
		d.change(dir, entryChange{add: base, inode: d.open[op.Path]})
	case durable.OpWrite:
		i := d.open[op.Path]
		i.data, i.synced = append(i.data, op.Data...), false
	case durable.OpSync:
		i := d.open[op.Path]
		i.durable, i.synced = slices.Clone(i.data), true
	case durable.OpRename:
		i := d.open[op.Path]
		d.open[op.To] = i
		delete(d.open, op.Path)
		if to := path.Dir(op.To); to == dir {
			d.change(dir, entryChange{path.Base(op.To), i, base})
		} else {
			d.change(to, entryChange{add: path.Base(op.To), inode: i})
			d.change(dir, entryChange{remove: base})
		}
	case durable.OpRemove:
		delete(d.open, op.Path)
		d.change(dir, entryChange{remove: base})
	case durable.OpSyncDir:
		for _, c := range d.pending[op.Path] {
			c.apply(d.entries[op.Path])
		}
		delete(d.pending, op.Path)
	}
}

func (d *disk) change(dir string, c entryChange) { d.pending[dir] = append(d.pending[dir], c) }

func (c entryChange) apply(entries map[string]*inode) {
	delete(entries, c.remove)
	if c.inode != nil {
		entries[c.add] = c.inode
	}
}

// forget removes what is in a directory, durably.
func (d *disk) forget(dir string) {
	for name := range d.entries {
		if strings.HasPrefix(name, dir+"/") {
			delete(d.entries, name)
			delete(d.pending, name)
		}
	}
	d.entries[dir] = map[string]*inode{}
	delete(d.pending, dir)
}

// crashed is the content of files by path, nil for a directory.
type crashed map[string][]byte

// crashes calls found with each state that a power cut may leave now.
func (d *disk) crashes(found func(crashed)) {
	var dirs []string // with changes that may be lost one by one
	volatile := map[string]bool{}
	for dir := range d.pending {
		if path.Base(dir) == recordsDir { // is a cache: lost together
			volatile[dir] = true
		} else {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	d.choose(dirs, map[string][]entryChange{}, func(kept map[string][]entryChange) {
		for _, records := range []bool{false, true} {
			for dir := range volatile {
				kept[dir] = nil
				if records {
					kept[dir] = d.pending[dir]
				}
			}
			for _, tear := range []func(*inode) []byte{
				func(i *inode) []byte { return i.durable },
				func(i *inode) []byte { return i.data[:len(i.data)/2] },
				func(i *inode) []byte { return i.data },
			} {
				state := crashed{}
				d.walk(d.root, kept, tear, state)
				found(state)
			}
		}
	})
}

// choose calls with for each choice of which changes are kept in some directories.
func (d *disk) choose(dirs []string, kept map[string][]entryChange, with func(map[string][]entryChange)) {
	if len(dirs) == 0 {
		with(maps.Clone(kept))
		return
	}
	dir, pending := dirs[0], d.pending[dirs[0]]
	for chosen := range 1 << len(pending) {
		kept[dir] = nil
		for i, c := range pending {
			if chosen&(1<<i) != 0 {
				kept[dir] = append(kept[dir], c)
			}
		}
		d.choose(dirs[1:], kept, with)
	}
}

func (d *disk) walk(dir string, kept map[string][]entryChange, tear func(*inode) []byte, state crashed) {
	entries := maps.Clone(d.entries[dir])
	for _, c := range kept[dir] {
		c.apply(entries)
	}
	for name, i := range entries {
		at := path.Join(dir, name)
		switch {
		case i.dir:
			state[at] = nil
			d.walk(at, kept, tear, state)
		case i.synced:
			state[at] = append([]byte{}, i.durable...)
		default:
			state[at] = append([]byte{}, tear(i)...)
		}
	}
}

// sum identifies a state. Temporary files have random names.
func (s crashed) sum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s)) {
		shown := name
		if durable.IsTemp(path.Base(name)) {
			shown = path.Dir(name) + "/temporary"
		}
		fmt.Fprintf(h, "%q %d %t\n", shown, len(s[name]), s[name] == nil)
		h.Write(s[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// build makes root hold a state, and nothing else.
func (s crashed) build(t testing.TB, root string) {
	t.Helper()
	entries, err := os.ReadDir(root)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	for _, e := range entries {
		check(os.RemoveAll(filepath.Join(root, e.Name())))
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if s[name] == nil {
			check(os.MkdirAll(name, 0o755))
		} else {
			check(os.WriteFile(name, s[name], 0o644))
		}
	}
}
