package archive

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// Find finds every location in and below the given places, in order, by the files of runs. Each
// location has an archive for each place, whether the place has a run there or not. Each place is
// listed once, for all locations. The errors in away concern places that cannot be listed, which
// then fail in each location, and directories that may not be read.
func Find(ctx context.Context, places []backup.Reader) (found []Location, away []error) {
	held := make([][]backup.Info, len(places))
	places = slices.Clone(places)
	for i, place := range places {
		infos, err := backup.Collect(ctx, place, "", belongsBelow)
		if err != nil {
			places[i] = backup.Failed(place, err)
			away = append(away, fmt.Errorf("%s: list: %w", place, err))
			continue
		}
		held[i] = append([]backup.Info{}, infos...)
		for _, info := range infos {
			if strings.HasSuffix(info.Name, "/") && info.Name != lostAndFound {
				away = append(away, fmt.Errorf("%s: list %s: %w", place, info.Name, fs.ErrPermission))
			}
		}
	}
	dirs := locationsAmong(slices.Concat(held...))
	all := make([]Location, len(dirs))
	for i, dir := range dirs {
		all[i].Dir = dir
	}
	for i, place := range places {
		within := split(held[i], dirs)
		for j, dir := range dirs {
			now := backup.Within(place, dir)
			listed := now
			if held[i] != nil { // otherwise the place fails
				listed = backup.Listed(now, within[dir])
			}
			all[j].Archives = append(all[j].Archives, &Archive{place.String(), listed, now})
		}
	}
	return all, away
}

// lostAndFound is a directory at the top of many disks that only root may read.
const lostAndFound = "lost+found/"

// split returns the files in and below each directory, named relative to it.
func split(infos []backup.Info, dirs []string) map[string][]backup.Info {
	within := map[string][]backup.Info{}
	for _, dir := range dirs {
		within[dir] = nil
	}
	for _, info := range infos {
		full := info.Name
		for dir := parent(path.Dir(full)); ; dir = parent(dir) {
			if _, ok := within[dir]; ok {
				info.Name = strings.TrimPrefix(strings.TrimPrefix(full, dir), "/")
				within[dir] = append(within[dir], info)
			}
			if dir == "" {
				break
			}
		}
	}
	return within
}

// locationsAmong returns the directories that contain snapshots or histories. A run's history is
// not a location, even if the run is called "snapshots".
func locationsAmong(infos []backup.Info) []string {
	var dirs []string
	for _, info := range infos {
		dir, base := path.Split(info.Name)
		dir = path.Clean(dir)
		_, ended := snapshot.GenerationOf(base)
		switch above := parent(dir); {
		case path.Base(dir) == snapshot.CurrentDir && strings.HasSuffix(base, snapshot.Suffix):
			dirs = append(dirs, above)
		case path.Base(above) == snapshot.EndedDir && ended:
			dirs = append(dirs, parent(above))
		}
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	return slices.DeleteFunc(slices.Clone(dirs), func(dir string) bool {
		_, location := slices.BinarySearch(dirs, parent(dir))
		return path.Base(dir) == snapshot.EndedDir && location && dir != ""
	})
}

// parent returns the parent of dir; "" for the top.
func parent(dir string) string {
	if dir = path.Dir(dir); dir != "." {
		return dir
	}
	return ""
}
