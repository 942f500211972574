package replica

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/merge"
	"statsmirror/mirror/snapshot"
)

// mostAdopted is the highest generation that is adopted from a backup. It leaves room for the run's
// future generations, and for generations that move behind it.
const mostAdopted = snapshot.MostGenerations / 2

// ensureReconciled reconciles a run, unless its files in the backup are known.
func (r *Replica) ensureReconciled(ctx context.Context, run string) error {
	if r.reconciled(run) {
		return nil
	}
	err := r.reconcile(ctx, run)
	if r.inventory.resolve(run, err) {
		r.enqueueSync(run)
	}
	return err
}

// reconcile learns which files of a run the backup has, before anything is written there for the
// run. The catalog adopts everything that it lacks. All files are read before the run is locked, so
// that a backup that hangs does not block syncs of the run.
func (r *Replica) reconcile(ctx context.Context, run string) error {
	kept := &spool{catalog: r.catalog, run: run}
	defer kept.close()
	before := r.catalog.Files(run)
	theirs, has, err := r.fetch(ctx, run, kept)
	if err != nil {
		return err
	}
	removed := int64(0)
	if len(theirs) > 0 {
		removed = min(has[snapshot.TombstonesPath(run)].Generation, theirs.Last().Number-1)
	}
	if removed > 0 { // not for a generation that exists there, in case that is lost later
		removed = min(removed, theirs[0].Number-1)
	}
	tx := r.catalog.Begin(run)
	defer tx.Close()
	if !slices.Equal(before, r.catalog.Files(run)) {
		return ErrChanging // kept may refer to files that a Sync has replaced since
	}
	if len(theirs) > 0 {
		removed = min(removed, tx.BeforeFirst(theirs[0]))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := tx.NoteRemoved(removed); err != nil { // first, so that removed generations do not count as lost
		return err
	}
	adopted, err := tx.Adopt(theirs, r.options.Keep)
	if err != nil {
		return err
	}
	r.update(run, func(rec *catalog.Record) {
		rec.Backups[r.backup.String()] = has
		if len(adopted) > 0 {
			rec.Seen = nil // a Sync must still merge the sources with the adopted rows
		}
	})
	if len(adopted) > 0 {
		r.logAdopted(run, adopted)
		r.enqueueSync(run)
	}
	return nil
}

func (r *Replica) logAdopted(run string, adopted []merge.Renumbered) {
	for _, w := range adopted {
		for _, g := range w.Gaps {
			g.Log(r.log, run, "the backup", "the catalog")
		}
	}
	fields := []zap.Field{event.Is(event.Adopted), zap.String(event.FieldRun, run)}
	if current, _ := r.catalog.Current(run); current != nil {
		fields = append(fields, zap.Int64(event.FieldGeneration, current.Generation),
			zap.Int64(event.FieldTrainedUntil, current.TrainedUntil), zap.Int64(event.FieldValidatedUntil, current.ValidatedUntil))
	}
	r.log.Info("run adopted", fields...)
}

// fetch reads and verifies the files of a run in the backup. fetch decides that a
// copy is damaged: a file that cannot be read may be replaced if the catalog remembers its name,
// because this service put it there. If it has another version than the remembered one, keepDamaged
// copies it aside first. A damaged file that nobody remembers may hold the last rows of a run. Then
// the run is not copied until someone moves the file away.
func (r *Replica) fetch(ctx context.Context, run string, kept *spool) (merge.History, catalog.Copies, error) {
	infos, err := r.listed(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	known, _ := r.copies(run)
	var theirs merge.History
	has := catalog.Copies{}
	for _, info := range infos {
		if info.Name == snapshot.TombstonesPath(run) {
			if err := r.fetchRemoval(ctx, run, has); err != nil {
				return nil, nil, err
			}
			continue
		}
		if _, ended := snapshot.GenerationOf(path.Base(info.Name)); !ended && path.Dir(info.Name) == snapshot.HistoryDir(run) {
			return nil, nil, fmt.Errorf("%w: move %s in the backup away: %w", catalog.ErrRefused, info.Name, snapshot.ErrNumber)
		}
		g, info, err := r.fetchFile(ctx, run, info.Name, kept)
		last, remembered := known[info.Name]
		if remembered && archive.IsDamaged(err) && last.Info.Version != info.Version {
			if err := keepDamaged(ctx, r.backup, r.log, run, info); err != nil {
				return nil, nil, err
			}
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case remembered && archive.IsDamaged(err):
			has[info.Name] = catalog.RemoteFile{State: catalog.RemoteDamaged, Info: info}
		case archive.IsDamaged(err):
			return nil, nil, fmt.Errorf("%w: move %s in the backup away: %w", catalog.ErrRefused, info.Name, err)
		case err != nil:
			return nil, nil, err
		default:
			theirs = append(theirs, g)
			has[info.Name] = catalog.RemoteFile{State: catalog.RemoteVerified, Generation: g.Number, Content: g.Content, Info: info}
		}
	}
	theirs, err = theirs.Ordered()
	if err != nil {
		err = fmt.Errorf("%w: %w", catalog.ErrRefused, err)
	}
	return theirs, has, err
}

// fetchRemoval reads which generations have been removed.
func (r *Replica) fetchRemoval(ctx context.Context, run string, has catalog.Copies) error {
	is, info, err := r.archive.Tombstones(ctx, run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		has[info.Name] = catalog.RemoteFile{State: catalog.RemoteTombstones, Generation: is.Until, Info: info}
	}
	return err
}

// fetchFile reads and verifies one file of a run, and keeps it.
func (r *Replica) fetchFile(ctx context.Context, run, name string, kept *spool) (merge.Generation, backup.Info, error) {
	f, err := r.backup.Open(ctx, name)
	if err != nil {
		return merge.Generation{}, backup.Info{Name: name}, err
	}
	defer f.Close()
	g, err := readGeneration(f, run, kept)
	if err != nil && !errors.Is(err, catalog.ErrRefused) {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return g, f.Info(), err
}

func readGeneration(f backup.File, run string, kept *spool) (merge.Generation, error) {
	info := f.Info()
	meta, open, err := kept.keep(f)
	if err != nil {
		return merge.Generation{}, err
	}
	number, ended := snapshot.GenerationOf(path.Base(info.Name))
	if path.Dir(info.Name) == snapshot.CurrentDir {
		number, ended = meta.Generation, false
	}
	if number > mostAdopted {
		return merge.Generation{}, fmt.Errorf("%w: move %s in the backup away: no run has a generation %d", catalog.ErrRefused, info.Name, number)
	}
	if meta.Run != run || meta.Generation != number {
		return merge.Generation{}, fmt.Errorf("%w: move %s in the backup away: it is generation %d of the run %q",
			catalog.ErrRefused, info.Name, meta.Generation, meta.Run)
	}
	return merge.Generation{Number: number, Content: meta.ContentSHA256, Ended: ended, Open: open}, nil
}
