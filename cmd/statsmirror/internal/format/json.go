package format

import (
	"bufio"
	"encoding/json"
	"io"

	"statsmirror/cmd/statsmirror/internal/term"
)

// Object writes one JSON object field by field, so that a million rows need not fit in memory as
// text. Close returns the first error. The text does nothing to a terminal.
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

// Rows writes a field with a list of n elements, one per line. element appends one.
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

// Close ends the object. It returns nil if everything was written.
func (o *Object) Close() error {
	o.w.WriteString("}\n")
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}

// WriteJSON writes a value that encoding/json takes, indented. The text does nothing to a terminal.
func WriteJSON(w io.Writer, value any) error {
	e := json.NewEncoder(term.SafeJSON(w))
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
