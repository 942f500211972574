package mirror

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// holding is the result of reading a catalog or backup.
type holding struct {
	rows    statstest.Rows
	current version
	err     error // the rows, or the current snapshot, cannot be read
	wrong   error // anything is damaged or missing
	removed error // a generation exists that was recorded as removed
}

// holdings are holdings by the hash of the files read. Most states after a crash, and after the
// restart, have files that an earlier state had too.
type holdings map[[sha256.Size]byte]*holding

// at returns the holding of a place.
func (h holdings) at(place string) (*holding, error) {
	key, err := archiveSum(place)
	if err != nil || h[key] != nil {
		return h[key], err
	}
	is := &holding{}
	var errs [2]error
	is.rows, errs[0] = rowsAt(place)
	is.current, errs[1] = currentAt(place)
	is.err, is.wrong, is.removed = errors.Join(errs[:]...), whole(place), removedFirst(place)
	h[key] = is
	return is, nil
}

// archiveSum returns the hash of everything that readers of an archive read: the names and contents
// of the files with snapshots, and whether the place exists.
func archiveSum(place string) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	_, err = os.Stat(place)
	fmt.Fprintln(h, errors.Is(err, fs.ErrNotExist))
	for _, top := range []string{snapshot.CurrentDir, snapshot.EndedDir} {
		err := filepath.WalkDir(filepath.Join(place, top), func(name string, e fs.DirEntry, err error) error {
			if err != nil || durable.IsTemp(e.Name()) {
				return err
			}
			fmt.Fprintf(h, "%q %s\n", strings.TrimPrefix(name, place), e.Type())
			if !e.Type().IsRegular() {
				return nil
			}
			content, err := os.ReadFile(name)
			fmt.Fprintln(h, len(content))
			h.Write(content)
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sum, err
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
