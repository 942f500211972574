package durable

import (
	"os"
	"testing"
)

func TestAdviceForALockFileOfAnotherUser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if got, want := ownerAdvice(root, os.Geteuid()), "the file belongs to another user; give it back: sudo chown -R --reference="+dir+" "+dir; got != want {
		t.Errorf("in the user's own directory: %s\nwant %s", got, want)
	}
	const other = 4711
	if got, want := ownerAdvice(root, other), "run this as the owner of the directory, or give it to the user that runs this (uid 4711): sudo chown -R 4711 "+dir; got != want {
		t.Errorf("in the directory of another user: %s\nwant %s", got, want)
	}
}
