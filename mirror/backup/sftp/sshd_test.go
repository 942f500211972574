//go:build integration

package sftp_test

import (
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/sftp"
)

// TestConformanceOfOpenSSH runs the suite against OpenSSH, whole and without each extension of the
// protocol that a backup likes to have.
func TestConformanceOfOpenSSH(t *testing.T) {
	for name, options := range map[string][]string{
		"Whole":              nil,
		"WithoutSync":        {"ForceCommand internal-sftp -P fsync"},
		"WithoutPosixRename": {"ForceCommand internal-sftp -P posix-rename"},
	} {
		t.Run(name, func(t *testing.T) {
			server := backuptest.StartSSHD(t, options...)
			backuptest.Run(t, func(t *testing.T) backup.Backup {
				b, err := sftp.Open(server.Location(server.Address, t.Name()[len("TestConformanceOfOpenSSH/"+name+"/"):]))
				if err != nil {
					t.Fatal(err)
				}
				if err := b.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
				return b
			})
		})
	}
}
