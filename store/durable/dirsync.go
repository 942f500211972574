package durable

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sync"
)

// dirSync is one fsync of a directory. It serves every caller of syncDir whose changes came before
// it began.
type dirSync struct {
	done chan struct{} // closed when it has ended
	err  error
}

// directory identifies a directory. Another root is another directory, because the same path may be
// on another file system by then.
type directory struct {
	root *os.Root
	name string
}

// dirSyncs are the running fsyncs of directories, and the next one of each.
type dirSyncs struct {
	mu      sync.Mutex
	running map[directory]*dirSync
	next    map[directory]*dirSync
}

var syncsOfDirs = dirSyncs{running: map[directory]*dirSync{}, next: map[directory]*dirSync{}}

// syncDir makes the changes of entries in a directory durable. One fsync serves all callers that
// wait for it to begin; an fsync that already runs may have missed their changes. If it fails, it
// fails for all of them. Nobody waits for others to come.
func syncDir(root *os.Root, dir string) error {
	d := directory{root, path.Clean(dir)}
	s, begins := syncsOfDirs.join(d)
	if begins {
		s.err = d.sync()
		syncsOfDirs.end(d, s)
	}
	<-s.done
	return s.err
}

// join returns an fsync of d that begins from now on. If begins is true, the caller does it.
func (a *dirSyncs) join(d directory) (s *dirSync, begins bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.next[d]; s != nil {
		return s, false
	}
	s = &dirSync{done: make(chan struct{})}
	if before := a.running[d]; before != nil {
		a.next[d] = s
		a.mu.Unlock()
		<-before.done
		a.mu.Lock()
		delete(a.next, d)
	}
	a.running[d] = s
	return s, true
}

func (a *dirSyncs) end(d directory, s *dirSync) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, d)
	close(s.done)
}

func (d directory) sync() error {
	if err := intercepted(d.root, Op{Kind: OpSyncDir, Path: d.name}); err != nil {
		return err
	}
	f, err := d.root.Open(d.name)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}
