package pickle

import (
	"fmt"
	"io"

	"statsmirror/store/pickle/internal/opcode"
)

// Encode writes a list of n dicts to w, each with the given fields as keys in that order. The bytes
// equal those of pickle.dump in CPython 3.8 to 3.13 with protocol 4. The rows must share their keys
// and their text but no list, as rows built by one loop do.
//
// Each frame of a little over 64 KiB is one Write, as in CPython, and no more is held in memory. A
// field without n rows, or text that Python could not read, is an error before anything is written.
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

// encoder does what save in CPython's _pickle.c does, for the few types needed here. The bytes
// depend on two details: a frame may end only before a value, and objects get their memo numbers
// when they begin.
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

// row writes a dict. A dict of one field has no MARK.
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

// list writes a list of n items. A list of one item has no MARK.
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
