package service

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
)

// TestPlacesThatBecomeOneLaterEndTheService begins with a backup whose directory does not exist.
// Later the way to it becomes a link into another place.
func TestPlacesThatBecomeOneLaterEndTheService(t *testing.T) {
	t.Parallel()
	for place, says := range map[string]string{
		"state": "and the state directory",
		"stats": "and the stats tree",
		"other": "the backups",
		"apart": "",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			in := func(name string) string { return filepath.Join(base, name) }
			for _, name := range []string{"state", "stats", "other", "apart"} {
				if err := os.MkdirAll(filepath.Join(in(name), "backup"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				s := &Service{Places: config.Places{Stats: in("stats"), State: in("state"), Backups: []backup.Backup{dir.New(in("other")), dir.New(in("disk/backup"))}}}
				done, ended := make(chan struct{}), make(chan error, 1)
				go func() { ended <- s.checkPlacesUntil(done) }()
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				select {
				case err := <-ended:
					t.Fatalf("the service ended before the link was made: %v", err)
				default:
				}
				if err := os.Symlink(in(place), in("disk")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				close(done)
				err := <-ended
				if says == "" && err != nil || says != "" && (!isUsage(err) || !strings.Contains(err.Error(), says)) {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

func isUsage(err error) bool {
	_, is := errors.AsType[*usage.Error](err)
	return is
}
