package durable

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Op is a change to a file system that this package is about to make.
type Op struct {
	Kind OpKind
	Path string // absolute
	To   string // the new path, for OpRename
	Data []byte // for OpWrite; at the end of the file
}

// OpKind says what an Op does.
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

// Intercept has hook called before each Op in dir or below until stop is called.
// An error from hook is that of the Op, which is not made; of an OpWrite the first
// half is. It is for tests of what survives a crash or an error.
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
	interceptions atomic.Pointer[[]*interception] // nil wherever it is not tested
)

// change replaces the interceptions by what they are to be, made of a copy of them.
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

// intercepted returns the error that a hook has for an Op, whose paths are
// relative to root.
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
