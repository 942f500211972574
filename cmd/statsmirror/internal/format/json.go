package format

import (
	"bufio"
	"encoding/json"
	"io"

	"statsmirror/cmd/statsmirror/internal/term"
)

// Object writes one JSON object field by field, so that the text of a million rows need not
// fit in memory. Close returns the first error. Nothing in the text does anything to a terminal.
type Object struct {
	w     *bufio.Writer
	comma string
	err   error
}

// NewObject returns an Object that writes to w.
func NewObject(w io.Writer) *Object {
	return &Object{w: bufio.NewWriterSize(w, 1<<16), comma: "{"}
}

func (o *Object) key(name string) {
	o.w.WriteString(o.comma + `"` + name + `": `)
	o.comma = ",\n "
}

// Field writes a field of any type that encoding/json takes.
func (o *Object) Field(name string, value any) {
	o.key(name)
	text, err := json.Marshal(value)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.w.Write(term.EscapeJSON(text))
}

// Rows writes a field with a list of n elements, each on a line of its own. Element appends one.
func (o *Object) Rows(name string, n int, element func([]byte, int) []byte) {
	o.key(name)
	o.w.WriteByte('[')
	var line []byte
	for i := range n {
		if i > 0 {
			o.w.WriteByte(',')
		}
		line = element(append(line[:0], "\n  "...), i)
		o.w.Write(line)
	}
	o.w.WriteByte(']')
}

// Close ends the object. It returns nil if all of it was written.
func (o *Object) Close() error {
	o.w.WriteString("}\n")
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}

// WriteJSON writes a value that encoding/json takes, indented. Nothing in the text does anything
// to a terminal.
func WriteJSON(w io.Writer, value any) error {
	e := json.NewEncoder(term.SafeJSON(w))
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
