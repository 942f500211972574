package catalog

import (
	"errors"
	"io/fs"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/merge"
	"statsmirror/mirror/snapshot"
)

// Head opens the current snapshot of a run. If the run has none, Head returns a snapshot without
// rows; its generation is one less than the first to come. If the snapshot is damaged, or its file
// is missing, the error is a *snapshot.DamagedError.
//
// The generation is that of the file, unless an ended generation has the same or a higher number.
// Then it is one more than the highest of these.
func (t *Tx) Head() (*merge.Head, error) {
	if t.Uncertain != nil {
		if err := t.Check(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if t.numberErr != nil {
		return nil, t.numberErr
	}
	number := t.number
	if t.Current == nil && !t.Damaged {
		return merge.NewHead(snapshot.Meta{Run: t.Run, Generation: number - 1}, nil, nil), nil
	}
	content, err := t.catalog.contentOf(snapshot.Path(t.Run))
	if errors.Is(err, fs.ErrNotExist) { // others may remove files too
		return nil, &snapshot.DamagedError{Err: err}
	}
	if err != nil {
		return nil, err
	}
	meta := content.Meta()
	meta.Generation = number
	return merge.NewHead(meta, content, func() (*archive.Content, error) { return t.catalog.openBefore(t.Run, number) }), nil
}

// openBefore opens the last ended generation before the current one. It returns nil if that
// generation is missing, or damaged as far as its metadata shows. It also returns nil if the
// current generation has ended too, because a crash came between history and snapshot.
func (c *Catalog) openBefore(run string, current int64) (*archive.Content, error) {
	c.mu.Lock()
	ended := c.hold(run).ended
	i, ends := ended.find(current)
	if ends || i == 0 || ended[i-1].lost() {
		c.mu.Unlock()
		return nil, nil
	}
	last := ended[i-1]
	c.mu.Unlock()
	content, err := c.Content(File{snapshot.HistoryPath(run, last.Generation), last.Generation, last.Content.String()})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrRefused) || archive.IsDamaged(err) { // others may write there too
		return nil, nil
	}
	return content, err
}
