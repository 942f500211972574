package mirror

import (
	"errors"

	"go.uber.org/zap"

	"statsmirror/mirror/event"
	"statsmirror/store"
)

// linkOf returns the link that prevents one run from being read; nil if there is none.
func linkOf(err error) *store.LinkError {
	if _, tree := errors.AsType[*store.TreeError](err); tree {
		return nil
	}
	link, _ := errors.AsType[*store.LinkError](err)
	return link
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
