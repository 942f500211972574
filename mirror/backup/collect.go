package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// mostKept bounds the bytes that Collect keeps of one listing: more than a million files.
const mostKept = 256 << 20

// Collect lists the files of a place that keep accepts, in order of name. It holds no others in
// memory, and fails if the accepted ones are more than a service can hold.
func Collect(ctx context.Context, place Reader, prefix string, keep func(Info) bool) ([]Info, error) {
	return collect(ctx, place, prefix, keep, mostKept)
}

func collect(ctx context.Context, place Reader, prefix string, keep func(Info) bool, room int) ([]Info, error) {
	var infos []Info
	err := place.List(ctx, prefix, func(info Info) error {
		if !keep(info) {
			return nil
		}
		const overhead = 128 // of an entry in memory, with the spare room of a growing slice
		if room -= overhead + len(info.Name) + len(info.Version); room < 0 {
			return fmt.Errorf("list %s/%s: more than %d files of runs, too many for one service; give each service its own place, or remove the files that it did not write",
				place, prefix, len(infos))
		}
		infos = append(infos, info)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return withoutOld(infos), nil
}

// withoutOld leaves one file of each name in a sorted listing. It prefers a file that is not Old.
func withoutOld(infos []Info) []Info {
	kept := infos[:0]
	for _, info := range infos {
		last := len(kept) - 1
		switch {
		case last < 0 || kept[last].Name != info.Name:
			kept = append(kept, info)
		case !info.Old:
			kept[last] = info
		}
	}
	for i := range kept {
		kept[i].Old = false
	}
	return kept
}

// Find returns the file called name in a listing that Collect returned.
func Find(listed []Info, name string) (info Info, ok bool) {
	i, ok := slices.BinarySearchFunc(listed, name, func(info Info, name string) int { return strings.Compare(info.Name, name) })
	if ok {
		info = listed[i]
	}
	return info, ok
}
