package mirror

import (
	"path"
	"slices"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// listing is what a backup held when it was listed last. To list costs, so that
// a run is met by the listing unless it is known to have changed since.
type listing struct {
	current  map[string]backup.Info   // snapshots, by run
	ended    map[string][]backup.Info // ended generations, by directory
	outdated map[string]bool          // runs of which other files may be there now
}

func newListing(infos []backup.Info, current map[string]backup.Info) *listing {
	l := &listing{current, map[string][]backup.Info{}, map[string]bool{}}
	for _, info := range infos {
		dir, base := path.Split(info.Name)
		if _, ok := generationOf(base); ok && strings.HasPrefix(dir, historyDir+"/") {
			dir = path.Clean(dir)
			l.ended[dir] = append(l.ended[dir], info)
		}
	}
	return l
}

// of returns the files of a run. It is not ok if the backup has to be asked.
func (l *listing) of(run string) (infos []backup.Info, ok bool) {
	if l == nil || l.outdated[run] {
		return nil, false
	}
	infos = slices.Clone(l.ended[snapshot.HistoryDir(run)])
	if info, ok := l.current[run]; ok {
		infos = append(infos, info)
	}
	return infos, true
}
