package catalog

import "fmt"

// FoldsError means that a catalog lies where two runs could overwrite each other. Trying again does
// not help.
type FoldsError struct {
	Dir string // in the catalog
	In  string // how names may differ: "case"
}

func (e *FoldsError) Error() string {
	return fmt.Sprintf("the file system of its directory %s cannot distinguish names that differ only in %s, so that two runs could overwrite each other; "+
		"put the state directory on a file system that can, such as ext4 without casefold, or XFS", e.Dir, e.In)
}
