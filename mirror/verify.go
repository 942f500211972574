package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// Finding is something that is wrong with a run in a catalog or a backup.
type Finding struct {
	Run        string `json:"run"`
	Path       string `json:"path"` // in the catalog or backup
	Generation int64  `json:"generation,omitempty"`
	Damaged    bool   `json:"damaged"` // else it is missing, or could not be read
	Problem    string `json:"problem"`
}

func (f Finding) String() string { return f.Path + ": " + f.Problem }

// Verify reads every generation of a run again, and returns what is wrong: files
// that are damaged, that are not what their name says, that are missing.
func (a *Archive) Verify(ctx context.Context, run string) []Finding {
	v := verification{archive: a, run: run}
	infos, err := a.ended(ctx, run)
	if err != nil {
		v.found(snapshot.HistoryDir(run), 0, err)
	}
	removed, err := a.removed(ctx, run)
	if err != nil {
		v.found(removalPath(run), 0, err)
	}
	next := int64(1)
	for _, info := range infos {
		generation, _ := generationOf(path.Base(info.Name))
		v.missing(max(next, removed+1), generation)
		v.verify(ctx, info, generation)
		next = generation + 1
	}
	current := v.verify(ctx, backup.Info{Name: snapshot.Path(run)}, 0)
	v.missing(max(next, removed+1), current)
	return v.findings
}

// verification collects what is wrong with one run.
type verification struct {
	archive  *Archive
	run      string
	findings []Finding
}

// verify reads one file, and returns the generation it says it is.
func (v *verification) verify(ctx context.Context, info backup.Info, generation int64) int64 {
	s, err := v.archive.load(ctx, info.Name)
	switch {
	case err != nil:
		v.found(info.Name, generation, err)
		return 0
	case s.Run != v.run:
		v.found(info.Name, generation, fmt.Errorf("it is a snapshot of the run %q", s.Run))
	case generation > 0 && s.Generation != generation:
		v.found(info.Name, generation, fmt.Errorf("it is generation %d", s.Generation))
	}
	return s.Generation
}

// missing notes that the generations from next to before is are not there.
func (v *verification) missing(next, is int64) {
	switch {
	case next == is-1:
		v.found(snapshot.HistoryPath(v.run, next), next, fs.ErrNotExist)
	case next < is:
		v.found(snapshot.HistoryPath(v.run, next), next, fmt.Errorf("generations %d to %d are missing: %w", next, is-1, fs.ErrNotExist))
	}
}

func (v *verification) found(name string, generation int64, err error) {
	damaged := IsDamaged(err)
	problem := err.Error()
	if errors.Is(err, fs.ErrNotExist) && !damaged {
		problem = "is missing"
	}
	v.findings = append(v.findings, Finding{v.run, name, generation, damaged, problem})
}
