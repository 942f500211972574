package pickle

import (
	"fmt"
	"io"

	"statsmirror/store/pickle/internal/opcode"
)

// Encode writes a list of n dicts to w, each with the given fields as keys in
// that order. The bytes are the same that pickle.dump of CPython 3.8 to 3.13
// writes, with protocol 4, for the same rows when they share their keys and
// their text but no list, as rows do that one loop has built.
//
// Each frame of 64 KiB and a little more is one Write, as in CPython, and no
// more than that is held in memory. Fields that do not have n rows, and text
// that Python could not read, are errors before anything is written.
func Encode(w io.Writer, n int, fields ...Field) error {
	for _, f := range fields {
		if err := f.check(n); err != nil {
			return fmt.Errorf("encode %q: %w", f.name, err)
		}
	}
	e := newEncoder(w, fields)
	e.list(n, e.row)
	e.put(opcode.Stop)
	e.commit()
	return e.err
}

// encoder does what save of CPython's _pickle.c does, for the few types that
// there are. The bytes depend on two details: a frame may only end before a
// value, and objects get their numbers in the memo as they begin.
type encoder struct {
	frame
	fields  []savedField
	objects int // in the memo
}

// savedField is a field of one encoder.
type savedField struct {
	key  shared
	save func(i int) // writes the value of row i
}

func newEncoder(w io.Writer, fields []Field) *encoder {
	e := &encoder{frame: newFrame(w)}
	for _, f := range fields {
		e.fields = append(e.fields, savedField{key: shared{text: f.name}, save: f.saver(e)})
	}
	return e
}

// row writes a dict. One of one field is the only one without a MARK.
func (e *encoder) row(i int) {
	e.boundary()
	e.put(opcode.EmptyDict)
	e.memoize()
	switch len(e.fields) {
	case 0:
	case 1:
		e.items(i, e.fields)
		e.put(opcode.SetItem)
	default:
		e.put(opcode.Mark)
		e.items(i, e.fields)
		e.put(opcode.SetItems)
	}
}

func (e *encoder) items(i int, fields []savedField) {
	for f := range fields {
		e.text(&fields[f].key)
		fields[f].save(i)
	}
}

// list writes a list of n items. One of one item is the only one without a
// MARK.
func (e *encoder) list(n int, item func(i int)) {
	e.boundary()
	e.put(opcode.EmptyList)
	e.memoize()
	if n == 1 {
		item(0)
		e.put(opcode.Append)
		return
	}
	for i := 0; i < n && e.err == nil; {
		e.put(opcode.Mark)
		for end := min(i+opcode.Batch, n); i < end; i++ {
			item(i)
		}
		e.put(opcode.Appends)
	}
}

func (e *encoder) memoize() {
	e.put(opcode.Memoize)
	e.objects++
}
