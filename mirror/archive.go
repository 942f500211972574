package mirror

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

// Archive reads a catalog or a backup; it writes nothing. It may be used while
// a service writes there, and by several goroutines.
type Archive struct {
	place backup.Reader // perhaps as it was listed once
	now   backup.Reader
}

// NewArchive returns an Archive that reads place.
func NewArchive(place backup.Reader) *Archive { return &Archive{place, place} }

// Listed returns an Archive of what the place holds now, which has been listed once
// for all: what comes there later it does not see.
func (a *Archive) Listed(ctx context.Context) (*Archive, error) {
	infos, err := a.place.List(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	return &Archive{backup.Listed(a.place, infos), a.now}, nil
}

// IsDamaged reports whether an error says that a snapshot is damaged.
func IsDamaged(err error) bool {
	_, damaged := errors.AsType[*snapshot.DamagedError](err)
	return damaged || errors.Is(err, backup.ErrDamaged)
}

// Runs returns the names of all runs that have a current snapshot or one of an ended
// generation, in order.
func (a *Archive) Runs(ctx context.Context) ([]string, error) {
	current, err := a.place.List(ctx, snapshot.CurrentDir+"/")
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var snapshots []string
	err = a.eachSnapshot(ctx, current, nil, func(run string, _ backup.Info) { snapshots = append(snapshots, run) })
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	ended, err := a.place.List(ctx, snapshot.EndedDir+"/")
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	histories, err := a.histories(ctx, ended, snapshots)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return union(snapshots, histories), nil
}

// histories returns the runs that have ended generations among infos, but for those
// known. A directory that tells no run whose history it could be is left out.
func (a *Archive) histories(ctx context.Context, infos []backup.Info, known []string) ([]string, error) {
	looked := map[string]bool{} // at which directories
	for _, run := range known {
		looked[snapshot.HistoryDir(run)] = true
	}
	var runs []string
	for _, info := range infos {
		dir := path.Dir(info.Name)
		if _, ended := snapshot.GenerationOf(path.Base(info.Name)); !ended || looked[dir] {
			continue
		}
		run, ok := snapshot.Unescape(path.Base(dir))
		if !ok {
			var err error
			if run, err = a.runIn(ctx, info.Name); err != nil {
				return nil, err
			}
		}
		if looked[dir] = run != ""; store.CheckRun(run) == nil && snapshot.HistoryDir(run) == dir {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// eachSnapshot calls do for each current snapshot among infos, with its run. A name that
// does not tell its run is looked up among the runs known, else the file is read. A
// file that tells no run whose snapshot it could be is left out.
func (a *Archive) eachSnapshot(ctx context.Context, infos []backup.Info, known []string, do func(run string, info backup.Info)) error {
	var names map[string]string // that do not tell the run; made when there is one
	for _, info := range infos {
		base, ok := strings.CutPrefix(info.Name, snapshot.CurrentDir+"/")
		if !ok || !strings.HasSuffix(base, snapshot.Suffix) {
			continue
		}
		run, ok := snapshot.RunOf(base)
		if !ok {
			if names == nil {
				names = untold(known)
			}
			run, ok = names[strings.TrimSuffix(base, snapshot.Suffix)]
		}
		if !ok {
			var err error
			if run, err = a.runIn(ctx, info.Name); err != nil {
				return err
			}
		}
		if store.CheckRun(run) == nil && snapshot.Path(run) == info.Name {
			do(run, info)
		}
	}
	return nil
}

// untold returns those of some runs whose Escape does not tell them, by that.
func untold(runs []string) map[string]string {
	names := map[string]string{}
	for _, run := range runs {
		name := snapshot.Escape(run)
		if _, told := snapshot.Unescape(name); !told {
			names[name] = run
		}
	}
	return names
}

// runIn returns the run that a file says it is a snapshot of, "" if it is damaged or
// may not be read.
func (a *Archive) runIn(ctx context.Context, name string) (string, error) {
	meta, err := a.meta(ctx, name)
	if IsDamaged(err) || errors.Is(err, backup.ErrEntry) {
		return "", nil
	}
	return meta.Run, err
}

// Load reads and verifies a generation of a run; 0 is the current one. The
// error matches fs.ErrNotExist if there is none; IsDamaged tells if it is damaged.
func (a *Archive) Load(ctx context.Context, run string, generation int64) (*snapshot.Snapshot, error) {
	return a.load(ctx, a.find(ctx, run, generation))
}

// Content is a snapshot file that has been verified, to be copied.
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
		err = &snapshot.DamagedError{Err: fmt.Errorf("it is a snapshot of the run %q", c.Meta().Run)}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), f.Close())
	}
	return c, nil
}

// Meta reads what the footer says of a generation of a run; 0 is the current
// one. Its errors are those of Load.
func (a *Archive) Meta(ctx context.Context, run string, generation int64) (snapshot.Meta, error) {
	return a.meta(ctx, a.find(ctx, run, generation))
}

// find returns the name of a generation's file.
func (a *Archive) find(ctx context.Context, run string, generation int64) string {
	if generation == 0 {
		return snapshot.Path(run)
	}
	current, err := a.meta(ctx, snapshot.Path(run))
	if err == nil && current.Generation == generation {
		return snapshot.Path(run)
	}
	return snapshot.HistoryPath(run, generation)
}

// History describes the generations of a run, the last of which is the current
// one. The error matches fs.ErrNotExist if there is no current one.
func (a *Archive) History(ctx context.Context, run string) ([]snapshot.Meta, error) {
	current, err := a.meta(ctx, snapshot.Path(run))
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	infos, err := a.ended(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	var all []snapshot.Meta
	for _, info := range infos {
		meta, err := a.meta(ctx, info.Name)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		if meta.Generation != current.Generation {
			all = append(all, meta)
		}
	}
	return append(all, current), nil
}

// ended lists the files of a run's ended generations, in order.
func (a *Archive) ended(ctx context.Context, run string) ([]backup.Info, error) {
	infos, err := a.history(ctx, run)
	return slices.DeleteFunc(infos, func(info backup.Info) bool {
		_, ended := snapshot.GenerationOf(path.Base(info.Name))
		return !ended
	}), err
}

// history lists the files in a run's history, in order.
func (a *Archive) history(ctx context.Context, run string) ([]backup.Info, error) {
	dir := snapshot.HistoryDir(run) + "/"
	infos, err := a.place.List(ctx, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return slices.DeleteFunc(infos, func(info backup.Info) bool {
		return !snapshot.IsHistory(path.Base(info.Name)) || path.Dir(info.Name)+"/" != dir
	}), nil
}

func (a *Archive) load(ctx context.Context, name string) (*snapshot.Snapshot, error) {
	return readIn(ctx, a.place, name, snapshot.Read)
}

func (a *Archive) meta(ctx context.Context, name string) (snapshot.Meta, error) {
	return readIn(ctx, a.place, name, snapshot.ReadMeta)
}

// readIn opens a snapshot file of a place to be read.
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
