package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// Finding is a problem of a run in a catalog or a backup.
type Finding struct {
	Run        string `json:"run"`
	Path       string `json:"path"` // in the catalog or backup
	Generation int64  `json:"generation,omitempty"`
	Damaged    bool   `json:"damaged"`          // otherwise it is missing, belongs to a different run or generation, or could not be read
	Unread     bool   `json:"unread,omitempty"` // it could not be read, so its state is unknown
	Problem    string `json:"problem"`
}

func (f Finding) String() string { return f.Path + ": " + f.Problem }

// Verify reads every generation of a run again and returns the problems: damaged files, files whose
// content does not match their name, and missing files. A service that writes meanwhile can cause
// such findings; only a finding that comes twice is a problem.
func (a *Archive) Verify(ctx context.Context, run string) []Finding {
	const most = 3
	findings := a.verify(ctx, run)
	for tries := 0; len(findings) > 0 && tries < most; tries++ {
		again := New(a.now).verify(ctx, run)
		if slices.Equal(findings, again) {
			break
		}
		findings = again
	}
	return findings
}

func (a *Archive) verify(ctx context.Context, run string) []Finding {
	v := verification{archive: a, run: run}
	infos, err := a.Files(ctx, run)
	if err != nil {
		v.found(snapshot.HistoryDir(run), 0, err)
	}
	next := 1 + v.removed(ctx, infos)
	for _, info := range infos {
		if generation, ok := snapshot.GenerationOf(path.Base(info.Name)); ok {
			v.missing(next, generation)
			v.verify(ctx, info.Name, generation)
			next = max(next, generation+1)
		} else if snapshot.IsNumbered(path.Base(info.Name)) {
			v.found(info.Name, 0, snapshot.ErrNumber)
		}
	}
	v.missing(next, v.verify(ctx, snapshot.Path(run), 0))
	return v.findings
}

// verification collects the problems of one run.
type verification struct {
	archive  *Archive
	run      string
	findings []Finding
}

// removed returns the highest generation that retention removed from the run.
func (v *verification) removed(ctx context.Context, history []backup.Info) int64 {
	name := snapshot.TombstonesPath(v.run)
	if !slices.ContainsFunc(history, func(info backup.Info) bool { return info.Name == name }) {
		return 0
	}
	is, _, err := v.archive.Tombstones(ctx, v.run)
	if err != nil {
		v.found(name, 0, err)
	}
	return is.Until
}

// verify reads one file and returns the generation in it.
func (v *verification) verify(ctx context.Context, name string, generation int64) int64 {
	s, err := readIn(ctx, v.archive.place, name, snapshot.Verify)
	switch {
	case err != nil:
		v.found(name, generation, err)
		return 0
	case s.Run != v.run:
		v.note(name, generation, fmt.Sprintf("it is a snapshot of the run %q", s.Run))
	case generation > 0 && s.Generation != generation:
		v.note(name, generation, fmt.Sprintf("it is generation %d", s.Generation))
	}
	return s.Generation
}

// missing reports that generations next to is-1 do not exist.
func (v *verification) missing(next, is int64) {
	switch {
	case next == is-1:
		v.found(snapshot.HistoryPath(v.run, next), next, fs.ErrNotExist)
	case next < is:
		v.found(snapshot.HistoryPath(v.run, next), next, fmt.Errorf("generations %d to %d are missing: %w", next, is-1, fs.ErrNotExist))
	}
}

func (v *verification) found(name string, generation int64, err error) {
	damaged, missing := IsDamaged(err), errors.Is(err, fs.ErrNotExist)
	problem := err.Error()
	if missing && !damaged {
		problem = "is missing"
	}
	v.findings = append(v.findings, Finding{v.run, name, generation, damaged, !damaged && !missing, problem})
}

func (v *verification) note(name string, generation int64, problem string) {
	v.findings = append(v.findings, Finding{v.run, name, generation, false, false, problem})
}
