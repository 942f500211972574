//go:build integration

package sftp_test

import (
	"strings"
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

// TestCheckFindsRequestsThatAreRefused has servers that refuse one kind of request that a copy needs.
func TestCheckFindsRequestsThatAreRefused(t *testing.T) {
	for requests, want := range map[string]string{
		"rename,posix-rename": "rename a file",
		"lstat":               "look at a file",
		"opendir":             "list the directory",
		"remove":              "remove ",
		"read":                "permission denied",
		"write":               "permission denied",
	} {
		t.Run(requests, func(t *testing.T) {
			t.Parallel()
			server := backuptest.StartSSHD(t, "ForceCommand internal-sftp -P "+requests)
			b, err := sftp.Open(server.Location(server.Address, "host"))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Check(t.Context()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "let the user") {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}
