package chart

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
	"testing"
)

// TestPDF has letters beyond ASCII in the code page of its font, and a band in its own colour, not
// darkened by its transparency.
func TestPDF(t *testing.T) {
	t.Parallel()
	s := Series{Name: "café ± 3", Points: []Point{{0, 1, 0, 2}, {1, 1, 0, 2}}}
	var out bytes.Buffer
	if err := WritePicture(&out, Chart{Panels: []Panel{{Series: []Series{s}}}}, Picture{Format: "pdf"}); err != nil {
		t.Fatal(err)
	}
	content := inflated(out.Bytes())
	for _, want := range []string{"(caf\xe9 \xb1 3)", "0.000 0.447 0.698 rg"} {
		if !strings.Contains(content, want) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
	if strings.Contains(content, "0.000 0.110 0.173 rg") {
		t.Error("the band is too dark")
	}
}

// inflated returns the streams of a PDF.
func inflated(pdf []byte) string {
	var all strings.Builder
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		if r, err := zlib.NewReader(bytes.NewReader(part)); err == nil {
			_, _ = io.Copy(&all, r) // bytes after a stream do not belong to it
		}
	}
	return all.String()
}
