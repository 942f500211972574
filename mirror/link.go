package mirror

import (
	"errors"

	"go.uber.org/zap"

	"statsmirror/store"
)

// linkOf returns the link that keeps one run from being read, nil if there is none.
func linkOf(err error) *store.LinkError {
	if _, tree := errors.AsType[*store.TreeError](err); tree {
		return nil
	}
	link, _ := errors.AsType[*store.LinkError](err)
	return link
}

// logLink says once that a run is a link that is not followed.
func (m *Mirror) logLink(run string, link *store.LinkError) {
	text := link.Error()
	if before, _ := m.links.Swap(link.Path, text); before == text {
		return
	}
	if held, ok := m.limiter.allow(eventProblems, run); ok {
		m.log.Warn("stats file is a link that is not followed", zap.String(fieldEvent, eventProblems), zap.String(fieldRun, run),
			zap.String(fieldPath, link.Path), zap.Strings(fieldProblems, []string{text}), heldBack(held))
	}
}
