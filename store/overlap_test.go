package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"statsmirror/store"
)

// An interruption is a context that calls do before read number at of a file. Read number 0 is
// between listing the file and opening it. Each read of a file asks the context once.
type interruption struct {
	context.Context
	at, asked int
	do        func()
}

func (i *interruption) Err() error {
	if i.asked == i.at {
		i.do()
	}
	i.asked++
	return i.Context.Err()
}

// An overlap is a run whose file is rewritten in place during a read: same inode, same size.
type overlap struct {
	statsTree
	run     string
	states  [2]string // the file holds one of them whole
	now     int       // index of the one it holds
	floats  []int     // offsets at which they differ
	trials  int
	refused int
}

// lifeOf returns a file of n rows whose losses depend on life, and the offsets of the losses.
func (o *overlap) lifeOf(n int, life float64) (content string, floats []int) {
	var s store.TrainingStats
	for i := range n {
		s.Iteration.Append(int64(i))
		s.Loss.Append(life + 1/float64(i+3))
		s.Time.Append(0.25)
	}
	root, err := os.OpenRoot(o.Dir)
	o.do(err)
	defer root.Close()
	_, err = store.WriteTraining(root, o.run, "", s)
	o.do(err)
	content = o.content("training_stats/" + o.run)
	for _, v := range s.Loss.Values.All() {
		at := strings.Index(content, string(binary.BigEndian.AppendUint64([]byte{'G'}, math.Float64bits(v))))
		if at < 0 {
			o.Fatal("a loss is not where it should be")
		}
		floats = append(floats, at+1)
	}
	return content, floats
}

// settle makes the file look unwritten for an hour.
func (o *overlap) settle() {
	past := time.Now().Add(-time.Hour)
	o.do(os.Chtimes(o.path("training_stats/"+o.run), past, past))
}

// is returns the index of the state that the rows equal; -1 for neither.
func (o *overlap) is(rows store.TrainingStats) int {
	for life := range o.states {
		whole := true
		for i, v := range rows.Loss.Values.All() {
			whole = whole && v == float64(life)+1/float64(i+3)
		}
		if whole && rows.Len() == len(o.floats) {
			return life
		}
	}
	return -1
}

// try reads the file while write writes to it: the first part of the other state before a read of
// the file, the rest after it.
func (o *overlap) try(at int, write func(f *os.File, next string, part int)) {
	o.Helper()
	next := o.states[1-o.now]
	open := func() *os.File {
		f, err := os.OpenFile(o.path("training_stats/"+o.run), os.O_WRONLY, 0)
		o.do(err)
		return f
	}
	ctx := &interruption{Context: o.Context(), at: at, do: func() {
		f := open()
		write(f, next, 0)
		o.do(f.Close())
	}}
	file, err := o.ReadTraining(ctx, o.run, nil)
	o.trials++
	if ctx.asked <= at {
		o.Fatalf("read %d never happened", at)
	}
	if _, ok := errors.AsType[*store.UnsettledError](err); ok {
		o.refused++
	} else if err != nil {
		o.Fatal(err)
	} else if o.is(file.Rows) < 0 {
		o.Fatalf("trial %d, read %d: the file never held these rows", o.trials, at)
	}
	f := open()
	write(f, next, 1)
	o.do(f.Close())
	o.now = 1 - o.now
	o.settle()
	if o.trials%20 > 0 {
		return
	}
	if file, err := o.ReadTraining(o.Context(), o.run, nil); err != nil || o.is(file.Rows) != o.now {
		o.Fatalf("after it settled: %v", err)
	}
}

// TestReadThatOverlapsARewriteGivesNoMixture rewrites a file in place during a read, at every read
// in turn: whole as DaCapo does, float by float, and with half a float before the end of the bytes
// read.
func TestReadThatOverlapsARewriteGivesNoMixture(t *testing.T) {
	t.Parallel()
	o := &overlap{statsTree: newTree(t), run: "run"}
	o.Quiet = store.DefaultQuiet
	const rows = 8000 // more than one read takes
	for life := range o.states {
		o.states[life], o.floats = o.lifeOf(rows, float64(life))
	}
	if len(o.states[0]) != len(o.states[1]) {
		t.Fatal("the states differ in size")
	}
	o.file("training_stats/run", o.states[0])
	o.settle()
	check := func(_ int, err error) { o.do(err) }
	writers := map[string]func(f *os.File, next string, part int){
		"truncated and written": func(f *os.File, next string, _ int) {
			o.do(f.Truncate(0))
			check(f.WriteAt([]byte(next), 0))
		},
		"written over": func(f *os.File, next string, _ int) { check(f.WriteAt([]byte(next), 0)) },
		"half of it written over": func(f *os.File, next string, part int) {
			half := len(next) / 2
			check(f.WriteAt([]byte(next)[part*half:half+part*(len(next)-half)], int64(part*half)))
		},
		"a float torn": func(f *os.File, next string, part int) {
			at := o.floats[o.trials%rows]
			if part == 1 {
				check(f.WriteAt([]byte(next), 0))
				return
			}
			check(f.WriteAt([]byte(next)[at:at+4], int64(at)))
		},
		"time set back": func(f *os.File, next string, _ int) {
			check(f.WriteAt([]byte(next), 0))
			o.settle()
		},
	}
	for range 100 {
		for _, write := range writers {
			for at := range 4 {
				o.try(at, write)
			}
		}
	}
	t.Logf("%d trials, %d reads refused, the others returned one state whole", o.trials, o.refused)
	if o.refused < o.trials/2 {
		t.Error("the reads did not overlap")
	}
}
