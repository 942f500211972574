//go:build integration

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestCommandsOfRootLeaveNothingThatTheServiceCannotUse runs commands as root on the files of a
// service's user, and then the same commands as that user. It needs root.
func TestCommandsOfRootLeaveNothingThatTheServiceCannotUse(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: run this as root")
	}
	const user = 4711
	program := build(t.Context(), t)
	dir := t.TempDir()
	stats, state, backup := filepath.Join(dir, "stats"), filepath.Join(dir, "state"), filepath.Join(dir, "backup")
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(filepath.Dir(program), 0o755),
		os.CopyFS(stats, os.DirFS("../../packaging/sample/stats")), os.Mkdir(state, 0o700), os.Mkdir(backup, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{state, backup, stats, filepath.Join(stats, "training_stats"), filepath.Join(stats, "validation_scores")} {
		if err := os.Chown(place, user, user); err != nil {
			t.Fatal(err)
		}
	}
	statsmirror := func(uid uint32, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, append(args, "--stats", stats, "--state", state)...)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("as %d: %q: %v\n%s", uid, args, err, out)
		}
		return string(out)
	}
	for range 2 {
		for _, uid := range []uint32{0, user} {
			statsmirror(uid, "check-config", "--backup", backup)
			statsmirror(uid, "sync", "--backup", backup)
			statsmirror(uid, "prune", "--keep-generations", "1", "--backup", backup)
			if err := os.Remove(filepath.Join(stats, "training_stats", "cells-unet-16")); err != nil {
				t.Fatal(err)
			}
			statsmirror(uid, "restore", "cells-unet-16", "--in-place")
		}
	}
	if out, err := exec.CommandContext(t.Context(), "find", dir, "-mindepth", "2", "!", "-user", "4711", "!", "-path", stats+"/*/cells-unet-32",
		"!", "-path", stats+"/validation_scores/*").Output(); err != nil || len(out) > 0 {
		t.Errorf("not the owner's: %v\n%s", err, out)
	}
}
