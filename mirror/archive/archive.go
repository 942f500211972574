// Package archive reads a catalog or a backup: its runs, the history of their generations, and
// their problems. A catalog and its backups form a Location, which knows the archive that has a run
// whole, and whether a copy is behind. The package writes, prints and logs nothing, and keeps
// nothing between calls. The files may be damaged or forged, and a service may write them
// meanwhile.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Archive reads a catalog or a backup. It may be used while a service writes there, and by several
// goroutines.
type Archive struct {
	name  string        // its name in messages
	place backup.Reader // perhaps with a listing made once
	now   backup.Reader
}

// New returns an Archive that reads place.
func New(place backup.Reader) *Archive { return Named(place.String(), place) }

// Named returns an Archive that reads place and has the given name in messages.
func Named(name string, place backup.Reader) *Archive { return &Archive{name, place, place} }

// Name returns the name of the Archive in messages: the location of its place, unless it got
// another name.
func (a *Archive) Name() string { return a.name }

// Place returns the place that the Archive reads.
func (a *Archive) Place() backup.Reader { return a.place }

// Listed returns an Archive of the files that the place has now. It lists the place once, and does
// not see later files. If a link or a file is in the place of the snapshots, that is an error: the
// listing alone would look like that of an empty place.
func (a *Archive) Listed(ctx context.Context) (*Archive, error) {
	infos, err := backup.Collect(ctx, a.place, "", Belongs)
	if err == nil && !slices.ContainsFunc(infos, func(info backup.Info) bool { return strings.HasPrefix(info.Name, snapshot.CurrentDir+"/") }) {
		err = a.place.List(ctx, snapshot.CurrentDir+"/", func(backup.Info) error { return nil }) // fails if a link or a file is in its place
	}
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	return &Archive{a.name, backup.Listed(a.place, infos), a.now}, nil
}

// IsDamaged reports whether an error means that a snapshot is damaged.
func IsDamaged(err error) bool {
	_, damaged := errors.AsType[*snapshot.DamagedError](err)
	return damaged || errors.Is(err, backup.ErrDamaged)
}

// Runs returns the names of all runs that have a snapshot, current or ended, in order.
func (a *Archive) Runs(ctx context.Context) ([]string, error) {
	n := a.Namer(nil)
	var snapshots, histories []string
	err := a.each(ctx, snapshot.CurrentDir+"/", func(info backup.Info) error {
		run, err := n.RunOf(ctx, info)
		if run != "" {
			snapshots = append(snapshots, run)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	slices.Sort(snapshots)
	n.known = snapshots
	last := "" // the last directory whose run is known
	err = a.each(ctx, snapshot.EndedDir+"/", func(info backup.Info) error {
		dir, base := path.Split(info.Name)
		if _, ended := snapshot.GenerationOf(base); !ended || dir == last {
			return nil
		}
		run, err := n.runWith(ctx, info)
		if run == "" {
			return err
		}
		last = dir
		if _, has := slices.BinarySearch(snapshots, run); !has {
			histories = append(histories, run)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	all := append(snapshots, histories...)
	slices.Sort(all)
	return slices.Compact(all), nil
}

// each calls do for the files below a prefix that may belong to a catalog, in order of name.
func (a *Archive) each(ctx context.Context, prefix string, do func(backup.Info) error) error {
	infos, err := backup.Collect(ctx, a.place, prefix, Belongs)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if err := do(info); err != nil {
			return err
		}
	}
	return nil
}

// Namer finds the run of a file. If the file's name does not contain the name of the run, Namer
// looks for it among the known runs, and otherwise reads the file.
type Namer struct {
	archive *Archive
	known   []string
	names   map[string]string // runs by their Escape, if that does not contain their name; made when first needed
}

// Namer returns a Namer that knows the names of some runs.
func (a *Archive) Namer(known []string) *Namer { return &Namer{archive: a, known: known} }

// RunOf returns the run whose current snapshot a listed file is; "" if it cannot be one.
func (n *Namer) RunOf(ctx context.Context, info backup.Info) (string, error) {
	base, ok := strings.CutPrefix(info.Name, snapshot.CurrentDir+"/")
	name, is := strings.CutSuffix(base, snapshot.Suffix)
	if !ok || !is {
		return "", nil
	}
	run, err := n.run(ctx, name, info)
	if store.CheckRun(run) != nil || snapshot.Path(run) != info.Name {
		run = ""
	}
	return run, err
}

// runWith returns the run in whose history a listed file is; "" if it cannot be in one.
func (n *Namer) runWith(ctx context.Context, info backup.Info) (string, error) {
	dir := path.Dir(info.Name)
	run, err := n.run(ctx, path.Base(dir), info)
	if store.CheckRun(run) != nil || snapshot.HistoryDir(run) != dir {
		run = ""
	}
	return run, err
}

// run returns the run with a name from snapshot.Escape. If the name does not reveal the run, it
// reads the file.
func (n *Namer) run(ctx context.Context, name string, info backup.Info) (string, error) {
	if run, ok := snapshot.Unescape(name); ok {
		return run, nil
	}
	if n.names == nil {
		n.names = snapshot.Ambiguous(n.known)
	}
	if run, ok := n.names[name]; ok {
		return run, nil
	}
	run, err := n.archive.runIn(ctx, info.Name)
	if run != "" && snapshot.Escape(run) == name {
		n.names[name] = run
	}
	return run, err
}

// runIn returns the run in the footer of a snapshot; "" if the file is damaged or may not be read.
func (a *Archive) runIn(ctx context.Context, name string) (string, error) {
	meta, err := a.meta(ctx, name)
	if IsDamaged(err) || errors.Is(err, backup.ErrEntry) {
		return "", nil
	}
	return meta.Run, err
}

// Load reads and verifies a generation of a run; 0 means the current one. The error matches
// fs.ErrNotExist if the generation does not exist. IsDamaged reports whether the error means
// damage; a snapshot of a different run counts as damaged.
func (a *Archive) Load(ctx context.Context, run string, generation int64) (*snapshot.Snapshot, error) {
	s, err := readIn(ctx, a.place, a.find(ctx, run, generation), snapshot.Read)
	if err == nil && s.Run != run {
		err = otherRun(s.Run)
	}
	return s, err
}

// otherRun is the error of a file that is a snapshot of a different run.
func otherRun(run string) error {
	return &snapshot.DamagedError{Err: fmt.Errorf("it is a snapshot of the run %q", run)}
}

// Content is a verified snapshot file, ready to be copied.
type Content struct {
	*snapshot.File
	io.Closer
}

// Content opens and verifies a generation's snapshot. Its errors are those of Load.
func (a *Archive) Content(ctx context.Context, run string, generation int64) (*Content, error) {
	name := a.find(ctx, run, generation)
	f, err := a.place.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &Content{Closer: f}
	if c.File, err = snapshot.Open(f, f.Info().Size); err == nil {
		err = c.Verify()
	}
	if err == nil && c.Meta().Run != run {
		err = otherRun(c.Meta().Run)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), f.Close())
	}
	return c, nil
}

// Meta reads the footer of a generation of a run; 0 means the current one. Its errors are those of
// Load.
func (a *Archive) Meta(ctx context.Context, run string, generation int64) (snapshot.Meta, error) {
	return a.metaOf(ctx, run, a.find(ctx, run, generation))
}

// metaOf reads the footer of a file that should be a snapshot of the run.
func (a *Archive) metaOf(ctx context.Context, run, name string) (snapshot.Meta, error) {
	meta, err := a.meta(ctx, name)
	if err == nil && meta.Run != run {
		return snapshot.Meta{}, fmt.Errorf("read %s: %w", name, otherRun(meta.Run))
	}
	return meta, err
}

// find returns the name of the file that has all rows of a generation; 0 means the current one. While
// a service copies a run that was overwritten, a backup briefly has the current generation twice:
// whole among the ended ones, and an earlier part of it as the snapshot.
func (a *Archive) find(ctx context.Context, run string, generation int64) string {
	ended, err := a.Ended(ctx, run)
	if generation == 0 && (err != nil || len(ended) == 0) {
		return snapshot.Path(run)
	}
	current, err := a.meta(ctx, snapshot.Path(run))
	if err == nil && generation == 0 {
		generation = current.Generation
	}
	if err == nil && generation == current.Generation && !a.hasWhole(ctx, ended, current) || generation == 0 {
		return snapshot.Path(run)
	}
	return snapshot.HistoryPath(run, generation)
}

// hasWhole reports whether a run's current generation is also among the ended ones, with at least
// as many rows.
func (a *Archive) hasWhole(ctx context.Context, ended []backup.Info, current snapshot.Meta) bool {
	name := snapshot.HistoryPath(current.Run, current.Generation)
	if !slices.ContainsFunc(ended, func(info backup.Info) bool { return info.Name == name }) {
		return false
	}
	whole, err := a.meta(ctx, name)
	return err == nil && reaches(whole, current)
}

// reaches reports whether an ended copy of a generation has at least the rows of the current copy.
func reaches(ended, current snapshot.Meta) bool { return ended.TrainedUntil >= current.TrainedUntil }

// History describes the generations of a run, the current one last. The error matches
// fs.ErrNotExist if the run has no current generation.
func (a *Archive) History(ctx context.Context, run string) ([]snapshot.Meta, error) {
	current, err := a.metaOf(ctx, run, snapshot.Path(run))
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	infos, err := a.Ended(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	var all []snapshot.Meta
	for _, info := range infos {
		meta, err := a.metaOf(ctx, run, info.Name)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		if meta.Generation != current.Generation {
			all = append(all, meta)
		} else if reaches(meta, current) {
			current = meta
		}
	}
	return append(all, current), nil
}

// Ended lists the files of a run's ended generations, in order.
func (a *Archive) Ended(ctx context.Context, run string) ([]backup.Info, error) {
	infos, err := a.Files(ctx, run)
	return slices.DeleteFunc(infos, func(info backup.Info) bool {
		_, ended := snapshot.GenerationOf(path.Base(info.Name))
		return !ended
	}), err
}

// Files lists the files in a run's history, in order.
func (a *Archive) Files(ctx context.Context, run string) ([]backup.Info, error) {
	dir := snapshot.HistoryDir(run)
	infos, err := backup.Collect(ctx, a.place, dir+"/", func(info backup.Info) bool {
		return snapshot.IsHistory(path.Base(info.Name)) && path.Dir(info.Name) == dir
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return infos, err
}

func (a *Archive) meta(ctx context.Context, name string) (snapshot.Meta, error) {
	return readIn(ctx, a.place, name, snapshot.ReadMeta)
}

// readIn opens a snapshot file of a place and reads it.
func readIn[T any](ctx context.Context, place backup.Reader, name string, read func(io.ReaderAt, int64) (T, error)) (is T, err error) {
	f, err := place.Open(ctx, name)
	if err != nil {
		return is, err
	}
	defer f.Close()
	if is, err = read(f, f.Info().Size); err != nil {
		return is, fmt.Errorf("read %s: %w", name, err)
	}
	return is, nil
}

// Belongs reports whether a listed file may belong to a catalog or a backup, or is a directory that
// may not be read. Listings keep no other files.
func Belongs(info backup.Info) bool {
	dir, base := path.Split(info.Name)
	return base == "" ||
		dir == snapshot.CurrentDir+"/" && strings.HasSuffix(base, snapshot.Suffix) ||
		snapshot.IsHistory(base) && path.Dir(path.Clean(dir)) == snapshot.EndedDir
}

// belongsBelow is Belongs for a catalog or backup anywhere below a place.
func belongsBelow(info backup.Info) bool {
	dir, base := path.Split(info.Name)
	dir = path.Clean(dir)
	return base == "" ||
		path.Base(dir) == snapshot.CurrentDir && strings.HasSuffix(base, snapshot.Suffix) ||
		snapshot.IsHistory(base) && path.Base(path.Dir(dir)) == snapshot.EndedDir
}

// Tombstones reads which generations of a run have been removed. A damaged file counts as empty.
func (a *Archive) Tombstones(ctx context.Context, run string) (snapshot.Tombstones, backup.Info, error) {
	content, info, err := ReadWhole(ctx, a.place, snapshot.TombstonesPath(run), snapshot.MostTombstones)
	if IsDamaged(err) {
		err = nil
	}
	return snapshot.DecodeTombstones(content), info, err
}

// ReadWhole reads a small file of a place. The Info is valid if the file could be opened. A file
// with more than most bytes is damaged.
func ReadWhole(ctx context.Context, place backup.Reader, name string, most int64) ([]byte, backup.Info, error) {
	f, err := place.Open(ctx, name)
	if err != nil {
		return nil, backup.Info{}, err
	}
	defer f.Close()
	info := f.Info()
	content, err := snapshot.ReadWhole(f, info.Size, most)
	return content, info, err
}
