package pickle

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"statsmirror/store/column"
)

// Field is one key of the dicts that Encode writes, with its value in each dict.
type Field struct {
	name  string
	rows  int    // anyRows if it is the same in every row
	text  string // the text that all rows share
	saver func(*encoder) func(i int)
}

const anyRows = -1

// IntField returns a field of integers.
func IntField(name string, values column.Blocks[int64]) Field {
	return Field{name: name, rows: values.Len(), saver: func(e *encoder) func(int) {
		return func(i int) { e.int(values.At(i)) }
	}}
}

// FloatField returns a field of doubles. Null becomes None.
func FloatField(name string, values column.Floats) Field {
	return Field{name: name, rows: values.Len(), saver: func(e *encoder) func(int) {
		return func(i int) { e.float(values, i) }
	}}
}

// NestedField returns a field of nested lists of doubles. Null lists and doubles become
// None.
func NestedField(name string, values column.Nested) Field {
	return Field{name: name, rows: values.Len(), saver: func(e *encoder) func(int) {
		return func(i int) { e.nested(values, i) }
	}}
}

// TextField returns a field with the same text in every row. The text is UTF-8 that may contain
// code points from U+D800 to U+DFFF, in three bytes each. That is Python's "surrogatepass": pickles
// hold file names that are not UTF-8 this way.
func TextField(name, text string) Field {
	return Field{name: name, rows: anyRows, text: text, saver: func(e *encoder) func(int) {
		s := shared{text: text}
		return func(int) { e.text(&s) }
	}}
}

func (f Field) check(n int) error {
	switch {
	case f.rows != anyRows && f.rows != n:
		return fmt.Errorf("the field has %d rows, want %d", f.rows, n)
	case !isPythonText(f.name) || !isPythonText(f.text):
		return errors.New("the text is not UTF-8")
	case len(f.name) > math.MaxUint32 || len(f.text) > math.MaxUint32:
		return errors.New("the text is longer than 4 GiB")
	}
	return nil
}

// isPythonText reports whether Python can read the text of a pickle: UTF-8 with surrogates.
func isPythonText(text string) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r != utf8.RuneError || size > 1:
		case len(text) >= 3 && text[0] == 0xED && text[1]&0xE0 == 0xA0 && text[2]&0xC0 == 0x80:
			size = 3
		default:
			return false
		}
		text = text[size:]
	}
	return true
}
