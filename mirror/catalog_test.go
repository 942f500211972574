package mirror

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

func TestCatalogIsLocked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	_, err := catalog.Open(s.State())
	if !errors.Is(err, catalog.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("error is %v", err)
	}
	s.Check(c.Close())
	s.open()
}

func TestCatalogThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Check(os.WriteFile(s.State(), nil, 0o644))
	if _, err := catalog.Open(s.State()); err == nil || !strings.Contains(err.Error(), "open catalog") {
		t.Errorf("error is %v", err)
	}
}

func TestOpenCatalogRemovesTemporaryFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(s.mirror(c).Sync(t.Context(), "run"))
	s.Check(c.Close())
	temp := filepath.Join(s.State(), snapshot.CurrentDir, durable.TempPrefix+"1")
	s.Check(os.WriteFile(temp, []byte("half a snapshot"), 0o644))
	s.Check(os.WriteFile(filepath.Join(s.State(), indexPath), []byte("half an index"), 0o644))

	c = s.open()
	if _, err := os.Stat(temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary file still exists: %v", err)
	}
	if read, err := s.mirror(c).read(t.Context(), "run", c.State("run")); err != nil || read.Training.Rows.Len() != 10 {
		t.Errorf("read %+v, %v", read, err)
	}
}
