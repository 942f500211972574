package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"statsmirror/mirror/snapshot"
)

// Retention says which ended generations of a run are kept: the last few, and the ones
// that ended recently. The zero value keeps all of them. The current generation is always kept.
type Retention struct {
	Generations int
	For         time.Duration
}

// KeepsAll reports whether all ended generations are kept.
func (k Retention) KeepsAll() bool { return k.Generations <= 0 && k.For <= 0 }

// Ended is an ended generation, and when it ended.
type Ended struct {
	Generation int64
	At         time.Time
}

// Expired returns the ended generations that are not kept. all must be in order. The kept ones have
// no gaps: a generation is kept if an earlier one is.
func (k Retention) Expired(all []Ended, now time.Time) []int64 {
	var expired []int64
	for i, e := range all {
		last := k.Generations > 0 && i >= len(all)-k.Generations
		young := k.For > 0 && now.Sub(e.At) < k.For
		if k.KeepsAll() || last || young {
			break
		}
		expired = append(expired, e.Generation)
	}
	return expired
}

// Expired are ended generations of a run that retention does not keep.
type Expired struct {
	Run         string
	Backup      string  // its location; "" for the catalog
	Generations []int64 // in order
}

// ExpiredIn returns the generations that retention would remove from the catalog in dir, and from
// the backups that have copies of it. A service may have the catalog open.
func ExpiredIn(dir string, keep Retention) ([]Expired, error) {
	c, err := OpenReadOnly(dir)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var all []Expired
	for _, run := range c.Runs() {
		generations, err := c.Expired(run, keep, time.Now())
		if err != nil {
			return nil, err
		}
		if len(generations) > 0 {
			all = append(all, Expired{run, "", generations})
		}
		removed := c.RemovedHere(run)
		c.mu.Lock()
		for _, generation := range generations {
			removed[generation] = c.hold(run).ended.content(generation).String()
		}
		c.mu.Unlock()
		for location, has := range c.State(run).Record.Backups {
			if c.Spares(location) {
				continue
			}
			if copied := has.among(run, removed); len(copied) > 0 {
				all = append(all, Expired{run, location, copied})
			}
		}
	}
	return Sorted(all), nil
}

// Sorted sorts by run, then by backup.
func Sorted(all []Expired) []Expired {
	slices.SortFunc(all, func(a, b Expired) int {
		return cmp.Or(strings.Compare(a.Run, b.Run), strings.Compare(a.Backup, b.Backup))
	})
	return all
}

// among returns the generations of a run that have copies, in order.
func (c Copies) among(run string, contents map[int64]string) []int64 {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(contents)), func(g int64) bool {
		return !c[snapshot.HistoryPath(run, g)].Is(g, contents[g])
	})
}

// Expired returns the ended generations of a run that are not kept at the time now.
func (c *Catalog) Expired(run string, keep Retention, now time.Time) ([]int64, error) {
	c.mu.Lock()
	h := c.hold(run)
	generations := slices.Clone(h.ended)
	current := h.current
	c.mu.Unlock()
	var all []Ended
	for _, n := range generations {
		generation := n.Generation
		if current == nil || generation >= current.Generation {
			break // after a crash, this one is also the current one
		}
		_, err := c.root.Lstat(snapshot.HistoryPath(run, generation))
		if errors.Is(err, fs.ErrNotExist) {
			continue // others may remove files too
		}
		if err != nil {
			return nil, fmt.Errorf("read when generation %d ended: %w", generation, err)
		}
		at := now
		if n.Ended != 0 {
			at = time.Unix(0, n.Ended)
		}
		all = append(all, Ended{generation, at})
	}
	return keep.Expired(all, now), nil
}
