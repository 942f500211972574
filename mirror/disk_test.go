package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"statsmirror/store/durable"
)

// disk records the operations on a file system, and the possible states after a power cut. POSIX
// promises the content of a file that was synced, and the entries of a directory that was synced.
// Any part of the rest may survive.
type disk struct {
	root    string
	entries map[string]map[string]*inode // durable entries of directories
	pending map[string][]entryChange     // of directories, in order
	open    map[string]*inode            // files by path, as a program sees them
	coarse  bool                         // ignore caches
}

type inode struct {
	dir     bool
	data    []byte
	durable []byte // the synced content
	synced  bool   // all of data is synced
}

// entryChange adds an entry to a directory, or removes one if its inode is nil. A rename within a
// directory does both at once.
type entryChange struct {
	add    string
	inode  *inode
	remove string
	moved  *entryChange // the other half of a move between directories: neither survives alone until one of them is synced
	to     string       // the path of that half
}

func newDisk(root string, dirs ...string) *disk {
	d := &disk{root: root, entries: map[string]map[string]*inode{}, pending: map[string][]entryChange{}, open: map[string]*inode{}}
	d.entries[root] = map[string]*inode{}
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
			d.change(dir, entryChange{add: path.Base(op.To), inode: i, remove: base})
		} else {
			moved := entryChange{add: path.Base(op.To), inode: i}
			d.change(to, moved)
			d.change(dir, entryChange{remove: base, moved: &moved, to: to})
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

// harm applies, durably, a change by someone else.
func (d *disk) harm(h harm) {
	if h.content != nil {
		i := &inode{data: h.content, durable: h.content, synced: true}
		d.open[h.path] = i
		d.addDurably(h.path, i)
		return
	}
	for name := range d.entries {
		if strings.HasPrefix(name, h.path+"/") {
			delete(d.entries, name)
			delete(d.pending, name)
		}
	}
	d.entries[h.path] = map[string]*inode{}
	delete(d.pending, h.path)
}

func (d *disk) addDurably(name string, i *inode) {
	dir := path.Dir(name)
	if d.entries[dir] == nil {
		d.entries[dir] = map[string]*inode{}
		d.addDurably(dir, &inode{dir: true})
	}
	d.entries[dir][path.Base(name)] = i
}

// survives returns the content of a file if it survives in every case; otherwise nil.
func (d *disk) survives(name string) []byte {
	i := d.entries[path.Dir(name)][path.Base(name)]
	for dir := path.Dir(name); dir != d.root; dir = path.Dir(dir) {
		if d.entries[path.Dir(dir)][path.Base(dir)] == nil {
			return nil
		}
	}
	if i == nil || !i.synced {
		return nil
	}
	return i.durable
}

// crashed is the content of files by path; nil for a directory.
type crashed map[string][]byte

// tears are the possible results of the writes since the last sync of a file.
var tears = []func([]byte) []byte{
	func(b []byte) []byte { return b },
	func([]byte) []byte { return nil },
	func(b []byte) []byte { return b[:len(b)/2] },
	func(b []byte) []byte { return append(make([]byte, len(b)/2), b[len(b)/2:]...) },
	func(b []byte) []byte { return make([]byte, len(b)) },
}

// crashes calls found with each state that a power cut may leave now.
func (d *disk) crashes(found func(crashed)) {
	var dirs []string // whose changes may be lost one by one
	volatile := map[string]bool{}
	for dir := range d.pending {
		if path.Base(dir) == recordsDir { // a cache: its changes are lost together
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
			if d.splits(kept) {
				continue
			}
			files := map[string]*inode{}
			d.walk(d.root, kept, files)
			d.eachTear(files, found)
		}
	})
}

// splits reports whether only the removal of a moved file is kept. No file system does that: those
// with a journal keep both, and the others do not add the name last.
func (d *disk) splits(kept map[string][]entryChange) bool {
	for _, changes := range kept {
		for _, c := range changes {
			if c.moved != nil && slices.Contains(d.pending[c.to], *c.moved) && !slices.Contains(kept[c.to], *c.moved) {
				return true
			}
		}
	}
	return false
}

// eachTear calls found for each combination of surviving parts of the files that were not synced.
// If they are many, it tears all in the same way.
func (d *disk) eachTear(files map[string]*inode, found func(crashed)) {
	const few = 3
	torn := d.torn(files)
	alike, choices := len(torn) > few, len(tears)
	if !alike {
		choices = int(math.Pow(float64(len(tears)), float64(len(torn))))
	}
	for choice := range choices {
		tear := map[*inode]int{}
		for _, i := range torn {
			if tear[i] = choice % len(tears); !alike {
				choice /= len(tears)
			}
		}
		state := crashed{}
		for name, i := range files {
			if i.dir {
				state[name] = nil
			} else {
				state[name] = append(append([]byte{}, i.durable...), tears[tear[i]](i.data[len(i.durable):])...)
			}
		}
		found(state)
	}
}

// torn lists the files that were not synced, except temporary ones, which nobody reads.
func (d *disk) torn(files map[string]*inode) []*inode {
	var torn []*inode
	for _, name := range slices.Sorted(maps.Keys(files)) {
		i := files[name]
		read := !durable.IsTemp(path.Base(name)) && (path.Base(path.Dir(name)) != recordsDir || !d.coarse)
		if read && !i.dir && !i.synced && !slices.Contains(torn, i) {
			torn = append(torn, i)
		}
	}
	return torn
}

// choose calls with for each choice of surviving changes in some directories.
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

// walk collects the entries in and below a directory.
func (d *disk) walk(dir string, kept map[string][]entryChange, files map[string]*inode) {
	entries := maps.Clone(d.entries[dir])
	for _, c := range kept[dir] {
		c.apply(entries)
	}
	for name, i := range entries {
		at := path.Join(dir, name)
		files[at] = i
		if i.dir {
			d.walk(at, kept, files)
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

// build makes root hold exactly a state.
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
