//go:build integration

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRestoreKeepsTheACL restores a torn file whose access control list, made by setfacl, gives a
// user rights that the group lacks. It needs root.
func TestRestoreKeepsTheACL(t *testing.T) {
	t.Parallel()
	program := build(t.Context(), t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	dir := t.TempDir()
	stats, state := filepath.Join(dir, "stats"), filepath.Join(dir, "state")
	if err := os.CopyFS(stats, os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(stats, "training_stats", "cells-unet-16")
	run("setfacl", "--set", "u::rw,u:65534:rw,g::-,o::-,m::rw", file)
	run(program, "sync", "--stats", stats, "--state", state)
	run("truncate", "--size", "50", file)
	run("touch", "--date", "yesterday", file)
	before := run("getfacl", "--omit-header", "--absolute-names", "--numeric", file)
	run(program, "restore", "cells-unet-16", "--in-place", "--stats", stats, "--state", state)
	after := run("getfacl", "--omit-header", "--absolute-names", "--numeric", file)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the ACL (-before +after):\n%s", diff)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 50 {
		t.Errorf("the file was not restored: %v", err)
	}
}
