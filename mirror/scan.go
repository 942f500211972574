package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"statsmirror/mirror/snapshot"
)

// Directories of a catalog; backups have the first two.
const (
	snapshotsDir = "snapshots"
	historyDir   = "history"
	recordsDir   = "records"
	damagedDir   = "damaged" // snapshots that were set aside
)

// scan finds out what the catalog holds, from the footers of its files.
func (c *Catalog) scan() error {
	if err := c.scanRecords(); err != nil {
		return err
	}
	if err := c.scanSnapshots(); err != nil {
		return err
	}
	if err := c.scanHistory(); err != nil {
		return err
	}
	for _, h := range c.runs {
		if !h.record.describes(h.current) {
			h.record = record{}
		}
		h.noteLost()
		if len(h.damagedEnded()) > 0 {
			h.record.unmeetAll() // a backup may mend it
		}
	}
	return nil
}

// noteLost notes the ended generations that are missing, as if they were damaged.
func (h *holding) noteLost() {
	const most = 1000 // of a history that makes no sense
	if h.current == nil || h.current.Generation-h.removed() > int64(len(h.ended)+most) {
		return
	}
	for generation := h.removed() + 1; generation < h.current.Generation; generation++ {
		if _, there := h.ended[generation]; !there {
			h.ended[generation] = ""
		}
	}
}

// scanSnapshots notes the current snapshots. One that cannot be read is noted
// as damaged if its name or a record tells the run.
func (c *Catalog) scanSnapshots() error {
	entries, err := fs.ReadDir(c.root.FS(), snapshotsDir)
	if err != nil {
		return err
	}
	recorded := map[string]string{}
	for run := range c.runs {
		recorded[snapshot.FileName(run)] = run
	}
	for _, e := range entries {
		name := path.Join(snapshotsDir, e.Name())
		if !e.Type().IsRegular() || !strings.HasSuffix(name, snapshotSuffix) {
			continue
		}
		meta, err := c.readMeta(name)
		if err == nil && snapshot.Path(meta.Run) == name {
			h := c.hold(meta.Run)
			h.current = &meta
			if info, err := e.Info(); err == nil {
				h.since = info.ModTime()
			}
			continue
		}
		run, ok := snapshot.RunOf(e.Name())
		if !ok {
			run, ok = recorded[e.Name()]
		}
		if ok {
			c.hold(run).damaged = true
		}
	}
	return nil
}

const snapshotSuffix = ".parquet"

// scanHistory notes the ended generations.
func (c *Catalog) scanHistory() error {
	dirs, err := fs.ReadDir(c.root.FS(), historyDir)
	if err != nil {
		return err
	}
	runs := map[string]string{} // by directory
	for run := range c.runs {
		runs[snapshot.HistoryDir(run)] = run
	}
	for _, dir := range dirs {
		if !dir.IsDir() {
			continue
		}
		if err := c.scanEnded(path.Join(historyDir, dir.Name()), runs); err != nil {
			return err
		}
	}
	return nil
}

// scanEnded notes the ended generations in one directory. Of one that cannot
// be read the number is noted, so that it is not given again.
func (c *Catalog) scanEnded(dir string, runs map[string]string) error {
	entries, err := fs.ReadDir(c.root.FS(), dir)
	if err != nil {
		return fmt.Errorf("list history: %w", err)
	}
	run, known := runs[dir]
	for _, e := range entries {
		generation, ok := generationOf(e.Name())
		if !ok {
			continue
		}
		meta, err := c.readMeta(path.Join(dir, e.Name()))
		if err == nil && snapshot.HistoryDir(meta.Run) == dir {
			c.hold(meta.Run).ended[generation] = meta.ContentSHA256
			run, known = meta.Run, true
		} else if known {
			c.hold(run).ended[generation] = ""
		}
	}
	if !known {
		return nil
	}
	content, err := c.root.ReadFile(path.Join(dir, removalName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list history: %w", err)
	}
	c.hold(run).removal = decodeRemoval(content)
	return nil
}

// generationOf returns the generation that a file of the history is named for.
func generationOf(base string) (int64, bool) {
	digits, ok := strings.CutSuffix(base, snapshotSuffix)
	generation, err := strconv.ParseInt(digits, 10, 64)
	return generation, ok && err == nil && generation > 0
}

func (c *Catalog) readMeta(name string) (snapshot.Meta, error) {
	return readFile(c.root, name, snapshot.ReadMeta)
}
