package replica

import (
	"path"
	"slices"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// listing is the content of a backup when it was last listed. Listing costs requests, so a run is
// reconciled by the listing unless it is known to have changed since.
type listing struct {
	current map[string]*backup.Info  // snapshots, by run; nil if the entry is out of date
	history map[string][]backup.Info // files of the history, by directory
	closed  map[string]bool          // directories that may not be read
	invalid map[string]bool          // other runs whose files are out of date
}

func newListing(infos []backup.Info) *listing {
	l := &listing{map[string]*backup.Info{}, map[string][]backup.Info{}, map[string]bool{}, map[string]bool{}}
	for _, info := range infos {
		dir, base := path.Split(info.Name)
		if base == "" {
			l.closed[path.Clean(dir)] = true
		}
		if strings.HasPrefix(dir, snapshot.EndedDir+"/") && snapshot.IsHistory(base) {
			dir = path.Clean(dir)
			l.history[dir] = append(l.history[dir], info)
		}
	}
	return l
}

// invalidate drops the files of a run, because someone has written them since, or nobody needs them
// now. To reconcile the run, the service then asks the backup again.
func (l *listing) invalidate(run string) {
	if _, held := l.current[run]; held {
		l.current[run] = nil
	} else {
		l.invalid[run] = true
	}
	delete(l.history, snapshot.HistoryDir(run))
}

// of returns the files of a run. ok is false if only the backup knows them.
func (l *listing) of(run string) (infos []backup.Info, ok bool) {
	if l == nil || l.invalid[run] || l.closed[snapshot.HistoryDir(run)] {
		return nil, false
	}
	current, held := l.current[run]
	if held && current == nil {
		return nil, false
	}
	infos = slices.Clone(l.history[snapshot.HistoryDir(run)])
	if held {
		infos = append(infos, *current)
	}
	return infos, true
}
