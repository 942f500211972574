package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/store/durable"
)

// caseless finds every probe also under a name in a different case.
type caseless struct{ durable.Names }

// Lstat implements [durable.Names].
func (c caseless) Lstat(name string) (fs.FileInfo, error) {
	dir, base := filepath.Split(name)
	return c.Names.Lstat(dir + strings.ToLower(base))
}

// TestCatalogWhereRunsCouldOverwriteEachOtherIsRefused opens a catalog on a file system that
// ignores case.
func TestCatalogWhereRunsCouldOverwriteEachOtherIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Check(s.open().Close())
	root, err := os.OpenRoot(s.State())
	s.Check(err)
	c, err := newCatalog(s.State(), root, func(c *Catalog) error {
		c.names = caseless{root}
		return c.open()
	})
	if _, folds := errors.AsType[*FoldsError](err); !folds || c != nil || !strings.Contains(err.Error(), s.State()) || !strings.Contains(err.Error(), "case") {
		t.Errorf("error is %v", err)
	}
	whole := s.open() // a normal file system works
	s.commit(whole, "run", training(0, 10, 0))
	s.commit(whole, "Run", training(0, 10, 1))
}
