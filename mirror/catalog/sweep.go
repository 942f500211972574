package catalog

import (
	"statsmirror/store"
)

// BeginVisit starts a pass over the files to find the runs of the catalog.
func (c *Catalog) BeginVisit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.runs {
		h.visited = false
	}
}

// Visit marks runs as found in the tree. It returns the runs whose entry differs from the file last
// read, and the runs whose snapshot is missing, damaged or uncertain.
func (c *Catalog) Visit(kind store.Kind, entries []store.Entry) (due []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range entries {
		h := c.runs[e.Name]
		if h != nil {
			h.visited = true
		}
		if h == nil || !e.Regular || h.current == nil || h.damaged || h.uncertain != nil || !h.record.saw(kind, e.Stamp) {
			due = append(due, e.Name)
		}
	}
	return due
}

// Unseen returns the runs that were not found, unless that has been logged. It includes runs
// without a snapshot if one of their sources could not be used.
func (c *Catalog) Unseen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var runs []string
	for run, h := range c.runs {
		if !h.visited && (h.current != nil || h.damaged || !h.record.plain()) && !h.record.decode(run).GoneLogged {
			runs = append(runs, run)
		}
	}
	return runs
}
