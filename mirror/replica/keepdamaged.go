package replica

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
)

// keepDamaged copies a damaged file of a backup into its directory "damaged", without replacing
// anything there. The catalog has never seen this version of the file. It may hold rows that exist
// nowhere else, because someone may have restored an older catalog.
func keepDamaged(ctx context.Context, b backup.Backup, log *zap.Logger, run string, info backup.Info) error {
	name := asideInBackup(info)
	f, err := b.Open(ctx, info.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Info().Version != info.Version {
		return fmt.Errorf("copy %s aside: %w", info.Name, backup.ErrConflict)
	}
	_, err = b.Put(ctx, name, f, f.Info().Size, backup.None)
	if errors.Is(err, backup.ErrConflict) {
		err = checkSame(ctx, b, name, f)
	} else if err == nil {
		log.Error("damaged copy kept aside", event.Is(event.BackupDamaged), zap.String(event.FieldRun, run), zap.String(event.FieldPath, name))
	}
	if archive.IsDamaged(err) {
		err = fmt.Errorf("%w: move %s in the backup away: %w", catalog.ErrRefused, info.Name, err)
	}
	if err != nil {
		return fmt.Errorf("copy %s aside: %w", info.Name, err)
	}
	return nil
}

// asideInBackup returns the path to which keepDamaged copies a version of a file.
func asideInBackup(info backup.Info) string {
	sum := sha256.Sum256([]byte(info.Name + "\n" + info.Version))
	return path.Join("damaged", hex.EncodeToString(sum[:8]), path.Base(info.Name))
}

// checkSame returns an error that matches backup.ErrDamaged if a file of a backup does not have the
// content of f.
func checkSame(ctx context.Context, b backup.Backup, name string, f backup.File) error {
	g, err := b.Open(ctx, name)
	if err != nil {
		return err
	}
	defer g.Close()
	want, err := hashOf(f)
	if err != nil {
		return err
	}
	got, err := hashOf(g)
	if err == nil && got != want {
		err = fmt.Errorf("%s %w: it differs from the copy that was put there", name, backup.ErrDamaged)
	}
	return err
}

func hashOf(f backup.File) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	_, err = io.Copy(h, io.NewSectionReader(f, 0, f.Info().Size))
	return [sha256.Size]byte(h.Sum(nil)), err
}
