package catalog

import "fmt"

// FoldsError says that a catalog is where two runs could overwrite each other. Trying again
// does not help.
type FoldsError struct {
	Dir string // in the catalog
	In  string // what names may differ in: "case"
}

func (e *FoldsError) Error() string {
	return fmt.Sprintf("the file system of its directory %s takes names for one that differ in %s only, so that two runs could overwrite each other; "+
		"put the state directory on a file system that tells them apart, such as ext4 without casefold, or XFS", e.Dir, e.In)
}
