package replica

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
)

// swollen is a place where files of one name have more bytes than a reader accepts.
type swollen struct {
	*backuptest.Fake
	name string
	read bool // by anyone
}

func (s *swollen) Open(ctx context.Context, name string) (backup.File, error) {
	if path.Base(name) == s.name {
		return swollenFile{s, backup.Info{Name: name, Size: 1 << 30, Version: "1"}}, nil
	}
	return s.Fake.Open(ctx, name)
}

type swollenFile struct {
	of   *swollen
	info backup.Info
}

func (f swollenFile) ReadAt([]byte, int64) (int, error) {
	f.of.read = true
	return 0, os.ErrInvalid
}
func (f swollenFile) Close() error      { return nil }
func (f swollenFile) Info() backup.Info { return f.info }

func TestFilesOfABackupThatAreTooLongAreNotRead(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(*swollen) error{
		leaseName: func(b *swollen) error {
			there, err := readLease(t.Context(), b)
			if !there.Ended || there.version != "1" {
				t.Errorf("the lease is %+v", there)
			}
			return err
		},
		snapshot.TombstonesName: func(b *swollen) error {
			removed, info, err := archive.New(b).Tombstones(t.Context(), "run")
			if removed.Until != 0 || info.Version != "1" {
				t.Errorf("%+v says %+v", info, removed)
			}
			return err
		},
	} {
		b := &swollen{Fake: backuptest.NewFake("backup"), name: name}
		if err := read(b); err != nil || b.read {
			t.Errorf("%s: read: %t; %v", name, b.read, err)
		}
	}
}

// FuzzLease reads content as a lease. A lease that it accepts must be one that would be written.
func FuzzLease(f *testing.F) {
	for _, content := range []string{"", `{"host":"h","state":"%00","pid":1,"renewed":"2999-01-01T00:00:00Z"}`, `{"ended":true}`} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var c, d lease
		if json.Unmarshal(content, &c) != nil {
			return
		}
		again, err := json.Marshal(c)
		if err == nil && (json.Unmarshal(again, &d) != nil || !d.sameService(c) || !d.Renewed.Equal(c.Renewed) || d.Ended != c.Ended) {
			t.Errorf("the lease %s became %s", content, again)
		}
	})
}

func TestFormatSaysHowLongALeaseMayBe(t *testing.T) {
	t.Parallel()
	statstest.WantInFormat(t, "../snapshot/FORMAT.md", leaseName, mostLease)
}
