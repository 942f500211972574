package backuptest_test

import (
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

func TestFake(t *testing.T) {
	t.Parallel()
	backuptest.Run(t, func(*testing.T) backup.Backup { return backuptest.NewFake("fake") })
}
