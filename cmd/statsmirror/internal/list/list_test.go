package list

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
)

// sealed is a place whose files may be listed but not read.
type sealed struct {
	backup.Reader
	infos []backup.Info
}

func (s sealed) List(ctx context.Context, prefix string, do func(backup.Info) error) error {
	return backup.Listed(s.Reader, s.infos).List(ctx, prefix, do)
}

func TestListOfUnreadablePlaces(t *testing.T) {
	t.Parallel()
	empty := dir.New(t.TempDir())
	denied := backup.Failed(empty, fs.ErrPermission)
	listed := sealed{denied, []backup.Info{{Name: snapshot.Path("run"), Version: "1"}}}
	for what, test := range map[string]struct {
		places []backup.Reader
		prints string
	}{
		"a place, beside one that is empty": {[]backup.Reader{denied, empty}, ""},
		"a directory, by its listing":       {[]backup.Reader{sealed{denied, []backup.Info{{Name: "snapshots/"}}}}, ""},
		"the snapshot of a run":             {[]backup.Reader{listed}, "unreadable"},
	} {
		for _, asJSON := range []bool{false, true} {
			var here archive.Location
			for _, place := range test.places {
				here.Archives = append(here.Archives, archive.Named("place", place))
			}
			l := List{Places: Places{Locations: []archive.Location{here}}, Sort: "run"}
			var out, said strings.Builder
			if err := l.Print(t.Context(), &out, &said, asJSON); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: error is %v", what, err)
			}
			if test.prints == "" && out.Len() > 0 || !strings.Contains(out.String(), test.prints) || said.Len() > 0 {
				t.Errorf("%s: printed %q and %q", what, out.String(), said.String())
			}
		}
	}
}
