package pickle

import (
	"encoding/binary"
	"io"

	"statsmirror/store/pickle/internal/opcode"
)

const (
	frameTarget = 64 << 10 // a frame ends at the first value beyond it
	frameMin    = 4        // shorter content has no FRAME opcode
	frameHeader = 9        // the opcode FRAME and the length of the content
)

// frame gathers opcodes into the frames of protocol 4 and writes each to w
// when it is full.
type frame struct {
	w     io.Writer
	buf   []byte
	start int   // of the frame in buf: first a gap for its header
	err   error // the first error of w; nothing is written after it
}

// newFrame returns the first frame of a pickle.
func newFrame(w io.Writer) frame {
	f := frame{w: w, buf: make([]byte, 0, frameTarget+1024)}
	f.put(opcode.Proto, 4)
	f.begin()
	return f
}

func (f *frame) begin() {
	f.start = len(f.buf)
	f.put(make([]byte, frameHeader)...)
}

func (f *frame) put(b ...byte) { f.buf = append(f.buf, b...) }

// boundary marks that a value comes next.
func (f *frame) boundary() {
	if len(f.buf)-f.start >= frameHeader+frameTarget {
		f.commit()
		f.begin()
	}
}

// commit ends the frame and writes it.
func (f *frame) commit() {
	if size := len(f.buf) - f.start - frameHeader; size >= frameMin {
		f.buf[f.start] = opcode.Frame
		binary.LittleEndian.PutUint64(f.buf[f.start+1:], uint64(size))
	} else {
		f.buf = append(f.buf[:f.start], f.buf[f.start+frameHeader:]...)
	}
	f.flush()
}

// bypass writes one value between two frames, because it is too large for one.
func (f *frame) bypass(header []byte, value string) {
	f.commit()
	f.put(header...)
	f.put([]byte(value)...)
	f.flush()
	f.begin()
}

func (f *frame) flush() {
	if f.err == nil && len(f.buf) > 0 {
		_, f.err = f.w.Write(f.buf)
	}
	f.buf = f.buf[:0]
}
