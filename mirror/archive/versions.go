package archive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// Now returns the location with the files that its archives have now. Each archive lists them once,
// for all later reads. An archive that does not answer fails in every read.
func (l Location) Now(ctx context.Context) Location {
	now := Location{Dir: l.Dir}
	for _, a := range l.Archives {
		listed, err := a.Listed(ctx)
		if err != nil {
			listed = &Archive{a.name, backup.Failed(a.place, err), a.now}
		}
		now.Archives = append(now.Archives, listed)
	}
	return now
}

// Versions are the versions of all files in a location.
type Versions []map[string][sha256.Size]byte // for each archive, by what the names of a run's files have in common

// Versions lists the files of the location.
func (l Location) Versions(ctx context.Context) Versions {
	var all Versions
	for _, a := range l.Archives {
		of := map[string][sha256.Size]byte{}
		err := a.each(ctx, "", func(info backup.Info) error {
			name := common(info.Name)
			sum := sha256.New()
			before := of[name]
			sum.Write(before[:])
			_, _ = io.WriteString(sum, info.Name+"\x00"+info.Version) // a hash takes everything
			of[name] = [sha256.Size]byte(sum.Sum(nil))
			return nil
		})
		if err != nil {
			of = nil
		}
		all = append(all, of)
	}
	return all
}

// common returns what the names of a run's files have in common; "" for other files.
func common(name string) string {
	dir, base := path.Split(name)
	switch dir = path.Clean(dir); {
	case dir == snapshot.CurrentDir:
		return strings.TrimSuffix(base, snapshot.Suffix)
	case path.Dir(dir) == snapshot.EndedDir:
		return path.Base(dir)
	}
	return ""
}

// Of returns a text that changes whenever a file of the run does, in the first n archives.
func (v Versions) Of(run string, n int) string {
	var text strings.Builder
	for _, of := range v[:n] {
		if of == nil {
			text.WriteString("away,")
			continue
		}
		fmt.Fprintf(&text, "%x%x,", of[snapshot.Escape(run)], of[""])
	}
	return text.String()
}
