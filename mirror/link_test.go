package mirror

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/mirror/event"
	"statsmirror/store"
)

// A link that may not be followed is logged once, delays no other run, and fails a pass.
func TestLinkThatIsNotFollowedIsLoggedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.StoreTraining("a", training(0, 10, 0))
	s.Check(os.Symlink("circle", filepath.Join(s.Stats(), string(store.Training), "circle")))
	m := s.mirror(s.open())
	for range 3 {
		m.handle("circle", m.Sync(t.Context(), "circle"))
	}
	if got := strings.Join(s.Events(), " "); got != event.Problems {
		t.Errorf("logged %q", got)
	}
	err := m.SyncAll(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), `run "circle": training_stats/circle: the link to circle is not followed`) {
		t.Errorf("pass: %v", err)
	}
	if got := strings.Join(m.catalog.Runs(), " "); got != "a" {
		t.Errorf("the catalog has %q", got)
	}
}
