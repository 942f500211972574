package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"statsmirror/mirror/backup"
)

// look describes the regular file called name. It follows no link but the place itself.
func (b *Backup) look(ctx context.Context, s *session, name string) (fs.FileInfo, error) {
	info, err := b.walk(ctx, s, name)
	if err == nil {
		err = backup.CheckRegular(info)
	}
	return info, err
}

// walk describes what name names. Every directory on the way must be one. It asks for all of them at
// once.
func (b *Backup) walk(ctx context.Context, s *session, name string) (fs.FileInfo, error) {
	ways := []string{"."} // the place itself, which may be a link
	for at, c := range []byte(name) {
		if c == '/' {
			ways = append(ways, name[:at])
		}
	}
	if name != "." {
		ways = append(ways, name)
	}
	infos, errs := make([]fs.FileInfo, len(ways)), make([]error, len(ways))
	var group sync.WaitGroup
	for i, way := range ways {
		describe := s.Lstat
		if i == 0 {
			describe = s.Stat
		}
		group.Go(func() {
			infos[i], errs[i] = ask(ctx, s, func() (fs.FileInfo, error) { return describe(b.at(way)) })
		})
	}
	group.Wait()
	for i, way := range ways {
		switch err := errs[i]; {
		case i == 0 && errors.Is(err, fs.ErrNotExist):
			return nil, b.absent()
		case err != nil:
			return nil, backup.BelowRun(way+strings.Repeat("/", min(1, len(ways)-1-i)), err)
		case way != name && !infos[i].IsDir():
			return nil, backup.BelowRun(way+"/", fmt.Errorf("%s on the server is not a directory; move it away", b.at(way)))
		}
	}
	return infos[len(ways)-1], nil
}
