package durable

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Op is a change that this package is about to make to a file system.
type Op struct {
	Kind OpKind
	Path string // absolute
	To   string // the new path, for OpRename
	Data []byte // for OpWrite; appended to the file
}

// OpKind is the kind of an Op.
type OpKind string

// The kinds of Op. OpSync and OpSyncDir are fsync(2) of a file and of a directory.
const (
	OpCreate  OpKind = "create"
	OpWrite   OpKind = "write"
	OpSync    OpKind = "sync"
	OpRename  OpKind = "rename"
	OpSyncDir OpKind = "syncdir"
	OpRemove  OpKind = "remove"
	OpMkdir   OpKind = "mkdir"
)

// Intercept calls hook before each Op in dir or below it, until stop is called. If hook returns an
// error, the Op fails with it: nothing is done, but of an OpWrite the first half is written. Tests
// use it to show what survives a crash or an error.
func Intercept(dir string, hook func(Op) error) (stop func()) {
	i := &interception{filepath.Clean(dir), hook}
	change(func(all []*interception) []*interception { return append(all, i) })
	return func() {
		change(func(all []*interception) []*interception {
			return slices.DeleteFunc(all, func(other *interception) bool { return other == i })
		})
	}
}

type interception struct {
	dir  string
	hook func(Op) error
}

var (
	changing      sync.Mutex
	interceptions atomic.Pointer[[]*interception] // nil outside tests
)

// change replaces the interceptions with the result of to, which gets a copy of them.
func change(to func([]*interception) []*interception) {
	changing.Lock()
	defer changing.Unlock()
	var all []*interception
	if now := interceptions.Load(); now != nil {
		all = slices.Clone(*now)
	}
	all = to(all)
	interceptions.Store(&all)
}

// intercepted returns the error of a hook for an Op whose paths are relative to root.
func intercepted(root *os.Root, op Op) error {
	all := interceptions.Load()
	if all == nil {
		return nil
	}
	op.Path = filepath.Join(root.Name(), op.Path)
	if op.To != "" {
		op.To = filepath.Join(root.Name(), op.To)
	}
	for _, i := range *all {
		if op.Path == i.dir || strings.HasPrefix(op.Path, i.dir+"/") {
			if err := i.hook(op); err != nil {
				return err
			}
		}
	}
	return nil
}
