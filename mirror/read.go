package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/merge"
	"statsmirror/store"
)

// reading is the new content of a run's sources. A kind that is unchanged, missing or unusable has
// no sources in it.
type reading struct {
	merge.Reading
	present bool // a source exists, usable or not
}

// read reads the sources of a run that have changed since they were last read.
func (m *Mirror) read(ctx context.Context, run string, known catalog.State) (reading, error) {
	var r reading
	training, there, trainingErr := readChanged(ctx, m, run, known, store.Training, m.tree.ReadTraining)
	r.Training, r.present = training, there
	validation, there, validationErr := readChanged(ctx, m, run, known, store.Validation, m.tree.ReadValidation)
	r.Validation, r.present = validation, there || r.present
	return r, errors.Join(trainingErr, validationErr)
}

func readChanged[R store.Rows[R]](
	ctx context.Context, m *Mirror, run string, known catalog.State, kind store.Kind,
	read func(context.Context, string, func([]store.Source) bool) (store.File[R], error),
) (file store.File[R], there bool, err error) {
	seen := known.Record.Seen[kind]
	file, err = read(ctx, run, func(found []store.Source) bool { return slices.Equal(catalog.StampsOf(found), seen.Files) })
	invalid, damaged := errors.AsType[*store.InvalidError](err)
	switch {
	case err == nil:
		file.Rows = store.Normalise(file.Rows)
		return file, true, nil
	case errors.Is(err, store.ErrUnchanged):
		err = nil
		if seen.Invalid != nil {
			err = m.unusable(seen.Invalid.With(run, kind))
		}
	case errors.Is(err, fs.ErrNotExist):
		return store.File[R]{}, false, m.forgetInvalid(run, kind, seen)
	case damaged:
		err = m.noteInvalid(run, kind, invalid, known.HasRows(kind))
	}
	return store.File[R]{}, true, err
}

// unusable returns the error for a source that cannot be used. It may be unfinished.
func (m *Mirror) unusable(e *catalog.InvalidError) error {
	if after := e.DamagedIn(time.Now(), m.options.DamagedAfter); after > 0 {
		return &UnfinishedError{e, after}
	}
	return e
}

// noteInvalid records an invalid source. It is read again only when it changes, and logged again
// only when its content differs.
func (m *Mirror) noteInvalid(run string, kind store.Kind, e *store.InvalidError, restorable bool) error {
	invalid := &catalog.InvalidError{
		Path: e.Path, Offset: e.Offset, SHA256: e.SHA256, Reason: fmt.Sprint(e.Err), Hint: e.Hint(restorable, m.options.Flags...), Rows: e.Rows,
		Torn: e.Torn(), Foreign: e.Foreign && !restorable, Since: store.UnchangedSince(e.Sources, time.Now()),
	}
	err := m.catalog.Update(run, func(r *catalog.Record) {
		before := r.Seen[kind]
		invalid.Logged = before.Invalid != nil && before.Invalid.Logged && before.Invalid.SHA256 == e.SHA256
		r.Seen[kind] = catalog.SourceRecord{Files: catalog.StampsOf(e.Sources), Noted: before.Noted, Invalid: invalid}
	})
	return errors.Join(m.unusable(invalid.With(run, kind)), err)
}

// forgetInvalid forgets an invalid source that has gone.
func (m *Mirror) forgetInvalid(run string, kind store.Kind, seen catalog.SourceRecord) error {
	if seen.Invalid == nil {
		return nil
	}
	return m.catalog.Update(run, func(r *catalog.Record) { delete(r.Seen, kind) })
}

// logInvalid logs that a source is invalid, once for each content. If the limiter holds the line
// back, it enqueues the run, so that the line comes later if the source is still invalid.
func (m *Mirror) logInvalid(run string, e *catalog.InvalidError) {
	if e.Logged {
		return
	}
	name := event.Invalid
	if e.Foreign {
		name = event.Foreign
	}
	held, ok := m.limiter.Allow(name, run)
	if !ok {
		m.later(run, event.LimitInterval)
		return
	}
	if e.Foreign {
		m.log.Warn("file is not a pickle", event.Is(event.Foreign), zap.String(event.FieldRun, run),
			zap.String(event.FieldKind, string(e.Kind)), zap.String(event.FieldPath, e.Path), zap.String(event.FieldErr, e.Reason), event.HeldBack(held))
	} else {
		m.log.Error("stats file invalid", event.Is(event.Invalid), zap.String(event.FieldRun, run),
			zap.String(event.FieldKind, string(e.Kind)), zap.String(event.FieldPath, e.Path), zap.Int64(event.FieldOffset, e.Offset),
			zap.String(event.FieldErr, e.Reason), zap.Int(event.FieldRows, e.Rows), zap.String(event.FieldSHA256, e.SHA256),
			zap.String(event.FieldHint, e.Hint), event.HeldBack(held))
	}
	m.update(run, func(r *catalog.Record) {
		if invalid := r.Seen[e.Kind].Invalid; invalid != nil && invalid.SHA256 == e.SHA256 {
			logged := *invalid
			logged.Logged = true
			r.Seen[e.Kind] = catalog.SourceRecord{Files: r.Seen[e.Kind].Files, Noted: r.Seen[e.Kind].Noted, Invalid: &logged}
		}
	})
}

// logLink logs once that a run is a link that may not be followed.
func (m *Mirror) logLink(run string, link *store.LinkError) {
	text := link.Error()
	if before, _ := m.links.Swap(link.Path, text); before == text {
		return
	}
	if held, ok := m.limiter.Allow(event.Problems, run); ok {
		m.log.Warn("stats file is a link that is not followed", event.Is(event.Problems), zap.String(event.FieldRun, run),
			zap.String(event.FieldPath, link.Path), zap.Strings(event.FieldProblems, []string{text}), event.HeldBack(held))
	}
}

// warnForeign logs the sources in an error that are not pickles. It returns the rest of the error,
// because such files do not fail a pass.
func (m *Mirror) warnForeign(run string, err error) error {
	var rest []error
	for _, err := range parts(err) {
		if invalid, ok := errors.AsType[*catalog.InvalidError](err); ok && invalid.Foreign {
			m.logInvalid(run, invalid)
		} else {
			rest = append(rest, err)
		}
	}
	return errors.Join(rest...)
}

// remember records that the catalog has the content read.
func (r *reading) remember(in *catalog.Record) {
	rememberKind(in, store.Training, r.Training)
	rememberKind(in, store.Validation, r.Validation)
}

func rememberKind[R store.Rows[R]](r *catalog.Record, kind store.Kind, file store.File[R]) {
	if len(file.Sources) == 0 {
		return
	}
	s := catalog.SourceRecord{Files: catalog.StampsOf(file.Sources)}
	if peculiar(file) {
		s.Noted = contentOf(file.Sources)
	}
	r.Seen[kind] = s
}

// peculiar reports whether a file deserves a log line.
func peculiar[R store.Rows[R]](file store.File[R]) bool {
	return file.Trailing || len(file.Problems) > 0
}

// contentOf identifies the content of a source.
func contentOf(sources []store.Source) string {
	var content string
	for _, s := range sources {
		content += s.SHA256
	}
	return content
}

// logNotes logs unusual content of valid sources, once for each content.
func (m *Mirror) logNotes(tx *catalog.Tx, read reading) {
	logNotes(m, tx, store.Training, read.Training)
	logNotes(m, tx, store.Validation, read.Validation)
}

func logNotes[R store.Rows[R]](m *Mirror, tx *catalog.Tx, kind store.Kind, file store.File[R]) {
	if !peculiar(file) || tx.Record.Seen[kind].Noted == contentOf(file.Sources) {
		return
	}
	name, message := event.Problems, "stats file unusual"
	if file.Trailing {
		name, message = event.Trailing, "stats file has trailing bytes"
	}
	if held, ok := m.limiter.Allow(name, tx.Run); ok {
		m.log.Warn(message, event.Is(name), zap.String(event.FieldRun, tx.Run), zap.String(event.FieldKind, string(kind)),
			zap.String(event.FieldPath, file.Sources[0].Path), zap.Strings(event.FieldProblems, file.Problems), event.HeldBack(held))
	}
}

// update changes the record of a run. If the record cannot be written, it logs that.
func (m *Mirror) update(run string, change func(*catalog.Record)) {
	if err := m.catalog.Update(run, change); err != nil {
		event.LogRecordFailed(m.log, &m.limiter, err)
	}
}
