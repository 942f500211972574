package mirror

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"statsmirror/mirror/backup"
)

// Location is a catalog or a backup somewhere below a place.
type Location struct {
	*Archive
	Dir string // below the place, "" for the place itself
}

// Locations finds every catalog and backup in a place and below it, in order, by
// their current snapshots. The place is listed once, for all of them.
func Locations(ctx context.Context, place backup.Reader) ([]Location, error) {
	infos, err := place.List(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list locations: %w", err)
	}
	dirs, within := locationsAmong(infos), map[string][]backup.Info{}
	for _, dir := range dirs {
		within[dir] = nil
	}
	for _, info := range infos {
		for dir := parent(path.Dir(info.Name)); ; dir = parent(dir) {
			if _, ok := within[dir]; ok {
				within[dir] = append(within[dir], info)
			}
			if dir == "" {
				break
			}
		}
	}
	var all []Location
	for _, dir := range dirs {
		all = append(all, Location{NewArchive(backup.Below(place, dir, within[dir])), dir})
	}
	return all, nil
}

// locationsAmong returns the directories with a directory of snapshots in them. A
// run's history is none, though the run may be called "snapshots".
func locationsAmong(infos []backup.Info) []string {
	var dirs []string
	for _, info := range infos {
		if dir, base := path.Split(info.Name); strings.HasSuffix("/"+dir, "/"+snapshotsDir+"/") && strings.HasSuffix(base, snapshotSuffix) {
			dirs = append(dirs, parent(path.Clean(dir)))
		}
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	return slices.DeleteFunc(slices.Clone(dirs), func(dir string) bool {
		_, location := slices.BinarySearch(dirs, parent(dir))
		return path.Base(dir) == historyDir && location && dir != ""
	})
}

// parent returns the directory that dir is in, "" for the top.
func parent(dir string) string {
	if dir = path.Dir(dir); dir != "." {
		return dir
	}
	return ""
}
