package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// removalName is the file beside the ended generations of a run that says which of
// them retention has removed, so that nobody takes them for lost.
const removalName = "removed.json"

func removalPath(run string) string { return path.Join(snapshot.HistoryDir(run), removalName) }

// removal is the content of that file.
type removal struct {
	Until int64 `json:"until"` // the generations up to this one
}

func (r removal) encode() []byte { return fmt.Appendf(nil, "{\"until\":%d}\n", r.Until) }

// decodeRemoval reads the content. One that cannot be right says nothing.
func decodeRemoval(content []byte) removal {
	const most = 99_999_999 // what the names of generations have digits for
	var r removal
	if json.Unmarshal(content, &r) != nil || r.Until > most {
		return removal{}
	}
	return r
}

// Remove removes ended generations of a run. That they are removed is durable
// before they are. The caller has the run locked.
func (c *Catalog) Remove(run string, generations []int64) error {
	if err := c.noteRemoved(run, slices.Max(generations)); err != nil {
		return err
	}
	for _, generation := range generations {
		name := snapshot.HistoryPath(run, generation)
		err := durable.Remove(c.root, name)
		if _, still := c.root.Lstat(name); still == nil {
			return err
		}
		c.mu.Lock()
		delete(c.hold(run).ended, generation)
		c.mu.Unlock()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // it is removed, but may come back
		}
	}
	return nil
}

// noteRemoved notes durably that the generations of a run up to one are removed, or
// are to be.
func (c *Catalog) noteRemoved(run string, until int64) error {
	if until <= c.removed(run) {
		return nil
	}
	err := durable.MkdirAll(c.root, snapshot.HistoryDir(run))
	if err == nil {
		err = durable.WriteFile(c.root, removalPath(run), func(w io.Writer) error {
			_, err := w.Write(removal{until}.encode())
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("note removed generations: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold(run).noteRemoved(until)
	return nil
}

// noteRemoved notes what can be true: a current generation is never removed.
func (h *holding) noteRemoved(until int64) {
	if h.current != nil {
		until = min(until, h.current.Generation-1)
	}
	h.removed = max(h.removed, until)
}

func (c *Catalog) removed(run string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).removed
}

// removed reads which generations of a run have been removed. One that is damaged
// says nothing.
func (a *Archive) removed(ctx context.Context, run string) (removal, backup.Info, error) {
	const most = 1 << 12
	content, info, err := readStart(ctx, a.place, removalPath(run), most)
	if IsDamaged(err) {
		err = nil
	}
	return decodeRemoval(content), info, err
}

// readStart reads a file, or the start of one that has more bytes than most. The
// Info is known if it could be opened.
func readStart(ctx context.Context, place backup.Reader, name string, most int64) ([]byte, backup.Info, error) {
	f, err := place.Open(ctx, name)
	if err != nil {
		return nil, backup.Info{}, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.NewSectionReader(f, 0, min(f.Info().Size, most)))
	return content, f.Info(), err
}

// surplus lists the copies of a run that the backup has of generations which
// retention has removed from the catalog.
func (r *replica) surplus(run string) []string {
	removed := r.catalog.removed(run)
	if removed == 0 {
		return nil // mostly
	}
	has, _ := r.copies(run)
	files := r.catalog.files(run)
	var names []string
	for name, v := range has {
		inHistory := name == snapshot.HistoryPath(run, v.Generation)
		if inHistory && v.Generation <= removed && v.Content != "" && !slices.ContainsFunc(files, func(f file) bool { return f.Name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// shed removes surplus copies from the backup. That they are removed is durable
// there before they are.
func (r *replica) shed(ctx context.Context, run string, names []string) error {
	if err := r.putRemoval(ctx, run); err != nil {
		return err
	}
	var generations []int64
	has, _ := r.copies(run)
	for _, name := range names {
		if err := r.backup.Remove(ctx, name, has[name].Info.Version); err != nil {
			return err
		}
		r.remember(run, func(c copies) { delete(c, name) })
		generations = append(generations, has[name].Generation)
	}
	logRemoved(r.log, run, generations)
	return nil
}

func (r *replica) putRemoval(ctx context.Context, run string) error {
	name, is := removalPath(run), removal{r.catalog.removed(run)}
	has, _ := r.copies(run)
	if has[name].Generation >= is.Until {
		return nil
	}
	content := is.encode()
	info, err := r.backup.Put(ctx, name, bytes.NewReader(content), int64(len(content)), has[name].Info.Version)
	if err != nil {
		return err
	}
	r.outdate(run)
	r.remember(run, func(c copies) { c[name] = verified{Generation: is.Until, Content: removalName, Info: info} })
	return nil
}
