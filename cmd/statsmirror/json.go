package main

import (
	"bufio"
	"encoding/json"
	"io"

	"statsmirror/cmd/statsmirror/internal/term"
)

// jsonObject writes one JSON object field by field, so that a million rows
// need not stand in memory as text. Write errors are kept for close.
type jsonObject struct {
	w     *bufio.Writer
	comma string
	err   error
}

func newJSONObject(w io.Writer) *jsonObject {
	return &jsonObject{w: bufio.NewWriterSize(w, 1<<16), comma: "{"}
}

func (o *jsonObject) key(name string) {
	o.w.WriteString(o.comma + `"` + name + `": `)
	o.comma = ",\n "
}

// field writes one field of any type.
func (o *jsonObject) field(name string, value any) {
	o.key(name)
	text, err := json.Marshal(value)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.w.Write(term.EscapeJSON(text))
}

// rows writes a field with a list of n elements, each on its own line.
func (o *jsonObject) rows(name string, n int, element func([]byte, int) []byte) {
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

// close ends the object and says whether all of it was written.
func (o *jsonObject) close() error {
	o.w.WriteString("}\n")
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}
