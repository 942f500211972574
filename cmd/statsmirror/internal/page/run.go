package page

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/report"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// reported is a run as the page has it.
type reported struct {
	run     report.Run
	failure error // which snapshots are damaged or could not be read
	rowsRead
}

// rowsRead is what reading the rows of a run yields. It is the same as long as the files of the run in
// the archives that were tried do not change.
type rowsRead struct {
	part     report.Run // without what the list knows
	named    named
	failures []error
	damaged  []int // archives whose copy is damaged in parts that the list does not read
	tried    int   // archives, from the first
}

// readRun reads a listed run for the page.
func (p *Page) readRun(ctx context.Context, limits report.Limits, listed list.Run) reported {
	return withRows(listed, p.readRows(ctx, limits, listed))
}

// withRows returns a listed run whose rows have been read.
func withRows(listed list.Run, rows rowsRead) reported {
	run := rows.part
	run.Name, run.Location, run.Copies = term.Printable(listed.Run), term.Printable(listed.Location), []report.Copy{}
	if !listed.Gone.IsZero() {
		run.Gone = listed.Gone.UnixMilli()
	}
	for _, c := range listed.Backups {
		run.Copies = append(run.Copies, report.Copy{Place: term.Printable(c.Backup), State: string(c.State)})
	}
	for _, i := range rows.damaged {
		run.Copies[i].State = string(archive.Damaged)
	}
	for _, u := range listed.Unusable {
		run.Unusable = append(run.Unusable, report.File{State: string(u.State), Text: u.String()})
	}
	failures := slices.Concat(rows.failures, damagedCopies(listed, rows.tried))
	if run.Integrity.ReadFrom == "" {
		var failure error
		run.Failure, failure = notReadable(listed, failures)
		failures = append(failures, failure)
	}
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	for _, failure := range failures {
		run.Integrity.Damaged = run.Integrity.Damaged || isDamage(failure)
		run.Integrity.Problems = append(run.Integrity.Problems, term.OneLine(failure.Error()))
	}
	return reported{run, notWhole(listed.Run, failures), rows}
}

// damagedCopies returns the problems that the list knows of archives after the first ones. An archive
// that does not answer is none: the command reports it once for all runs.
func damagedCopies(listed list.Run, tried int) (failures []error) {
	for i, a := range listed.Listing.Archives {
		if i >= tried && listed.Listing.Answered(a) && listed.Backups[i].State == archive.Damaged {
			failures = append(failures, exit.Damagedf("%s: its copy is damaged; \"statsmirror verify\" shows the damage", a.Name()))
		}
	}
	return failures
}

// notReadable says why a run could not be read, and returns an error if no other failure does.
func notReadable(listed list.Run, failures []error) (why string, failure error) {
	away := len(listed.Listing.Archives) - len(listed.Listing.Answering().Archives)
	switch {
	case len(failures) > 0:
	case len(listed.Unusable) > 0 && listed.Meta.Generation == 0 && away == 0:
		return "it has no snapshot, its stats file is " + string(list.Worst(listed.Unusable)), nil
	case away > 0:
		failure = fmt.Errorf("the places that could be read do not have its current generation")
	default:
		failure = exit.Damagedf("its current generation is missing, only ended ones exist; \"statsmirror verify\" lists them")
	}
	return "no place has its current generation whole", failure
}

// readRows reads the rows of the first archive that has the current generation whole.
func (p *Page) readRows(ctx context.Context, limits report.Limits, listed list.Run) (rows rowsRead) {
	describeRun(&rows.part, listed.Meta)
	for i, a := range listed.Listing.Archives {
		rows.tried = i + 1
		if !listed.Listing.Answered(a) {
			continue
		}
		s, err := a.Load(ctx, listed.Run, 0)
		switch {
		case err == nil:
			if s.Validation.Len() > 0 {
				rows.named.names, rows.named.wrong = p.Naming.Of(s.Run, s.Validation)
			}
			rows.failures = append(rows.failures, addRows(ctx, &rows.part, limits, a, s)...)
			return rows
		case !errors.Is(err, fs.ErrNotExist): // otherwise it has no copy, as the list says
			rows.failures = append(rows.failures, fmt.Errorf("%s: %w", a.Name(), err))
			if archive.IsDamaged(err) {
				rows.damaged = append(rows.damaged, i)
			}
		}
	}
	return rows
}

// notWhole returns an error for the unreadable parts of a run; nil if all were read.
func notWhole(run string, failures []error) error {
	if len(failures) == 0 {
		return nil
	}
	err := errors.Join(failures...)
	if isDamage(err) {
		return exit.Damagedf("read run %s: %w", term.Printable(run), err)
	}
	return fmt.Errorf("read run %s: %w", term.Printable(run), err)
}

func isDamage(err error) bool { return archive.IsDamaged(err) || exit.Status(err) == exit.Damaged }

// addRows adds the rows and the history of a run whose current generation is s. It returns why
// parts of the history could not be read.
func addRows(ctx context.Context, run *report.Run, limits report.Limits, a *archive.Archive, s *snapshot.Snapshot) (failures []error) {
	run.Loss, run.Scores = report.LossOf(s.Training, limits.Points), report.ScoresOf(s.Validation, limits.Scores)
	run.Integrity.SHA256, run.Integrity.ReadFrom = snapshot.ContentSHA256(s), term.Printable(a.Name())
	run.Integrity.Sources = reportSources(s.Sources)
	ended := map[int64]report.Generation{}
	each, first := limits.Ended(s.Generation)
	generations, err := a.Generations(ctx, s.Run, func(g *snapshot.Snapshot) {
		if g.Generation >= first && g.Generation < s.Generation {
			ended[g.Generation] = report.Generation{Loss: report.LossOf(g.Training, each.Points), Scores: report.ScoresOf(g.Validation, each.Scores)}
		}
	}, s)
	if err != nil {
		return append(failures, fmt.Errorf("%s: history: %w", a.Name(), err))
	}
	for _, g := range generations {
		if g.Err != nil {
			failures = append(failures, fmt.Errorf("%s: generation %d: %w", a.Name(), g.Generation, g.Err))
		}
		run.History = append(run.History, report.Generation{
			Generation: g.Generation, TrainedUntil: g.TrainedUntil, ValidatedUntil: g.ValidatedUntil,
			Changed: milliseconds(store.LastWritten(g.Sources)), SHA256: g.ContentSHA256, Story: term.OneLine(g.Story),
			Loss: ended[g.Generation].Loss, Scores: ended[g.Generation].Scores,
		})
		describeRun(run, g.Meta)
	}
	return failures
}

// describeRun fills in the numbers of a run's current generation.
func describeRun(run *report.Run, m snapshot.Meta) {
	run.Generation, run.TrainedUntil, run.ValidatedUntil = m.Generation, m.TrainedUntil, m.ValidatedUntil
	run.TrainingRows, run.ValidationRows = m.TrainingRows, m.ValidationRows
	run.Changed = milliseconds(store.LastWritten(m.Sources))
	run.Last, run.Best = reportLoss(m.Losses.Last), reportLoss(m.Losses.Best)
}

func reportLoss(l snapshot.Loss) *report.Number {
	v, ok := l.Float()
	if !ok {
		return nil
	}
	n := report.Number(v)
	return &n
}

func reportSources(sources []store.Source) []report.Source {
	var all []report.Source
	for _, s := range sources {
		all = append(all, report.Source{
			Path: term.Printable(s.Path), Bytes: s.Size, Modified: milliseconds(time.Unix(0, s.ModTime)), SHA256: s.SHA256,
		})
	}
	return all
}

// milliseconds returns a time in JavaScript's form; 0 for the zero time.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
