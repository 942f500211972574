package mirror

import (
	"errors"
	"fmt"
	"time"

	"statsmirror/mirror/catalog"
	"statsmirror/store"
)

// UnfinishedError means that a source ends in the middle and changed only a moment ago: a store may
// be under way.
type UnfinishedError struct {
	*catalog.InvalidError
	After time.Duration // when it counts as damaged, unless it changes
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("%s is unfinished: it ends in the middle, at byte %d, and a store may be under way; try again; in %v it counts as damaged",
		e.Path, e.Offset, e.After.Round(time.Second))
}

// errAwaitsAdoption means that a backup may hold the run. The run is enqueued again once the
// backup's files of it are known.
var errAwaitsAdoption = errors.New("waiting for a backup that may hold the run")

// linkOf returns the link that prevents one run from being read; nil if there is none.
func linkOf(err error) *store.LinkError {
	if _, tree := errors.AsType[*store.TreeError](err); tree {
		return nil
	}
	link, _ := errors.AsType[*store.LinkError](err)
	return link
}

// parts returns the errors inside joined errors, at any depth.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, parts(err)...)
	}
	return all
}
