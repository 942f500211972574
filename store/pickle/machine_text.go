package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

var textHandlers = map[byte]func(*machine) error{
	opcode.ShortBinUnicode: func(m *machine) error { return m.text(1) },
	opcode.BinUnicode:      (*machine).binUnicode,
	opcode.BinUnicode8:     func(m *machine) error { return m.text(8) },
	opcode.ShortBinBytes:   func(m *machine) error { return m.bytesValue(1) },
	opcode.BinBytes:        func(m *machine) error { return m.bytesValue(4) },
	opcode.BinBytes8:       func(m *machine) error { return m.bytesValue(8) },
	opcode.ByteArray8:      func(m *machine) error { return m.bytesValue(8) },
	opcode.ShortBinString:  func(m *machine) error { return m.ascii(1) },
	opcode.BinString:       func(m *machine) error { return m.ascii(4) },
	opcode.String:          (*machine).stringLine,
	opcode.Unicode:         (*machine).unicodeLine,
}

// sized reads a length of width bytes, then that many bytes. If they are more than the limit, sized
// skips them and pushes an opaque object; then ok is false.
func (m *machine) sized(width, limit int, what string) (b []byte, ok bool, err error) {
	if b, err = m.take(width); err != nil {
		return nil, false, err
	}
	n := littleEndian(b)
	if n > uint64(limit) {
		return nil, false, m.passOver(n, what)
	}
	if err := m.hold(int(n)); err != nil {
		return nil, false, err
	}
	b, err = m.content(int(n))
	return b, err == nil, err
}

func (m *machine) passOver(n uint64, what string) error {
	if n > maxPassed {
		return heap.LimitError("bytes of "+what, maxPassed)
	}
	m.spoil()
	for left := int(n); left > 0; {
		b, err := m.take(min(left, maxTake))
		if err != nil {
			return err
		}
		left -= len(b)
	}
	return m.push(m.heap.NewOpaque("large " + what))
}

// text reads a string with a length of width bytes. Like Python, it takes UTF-8 with surrogates.
func (m *machine) text(width int) error {
	b, ok, err := m.sized(width, maxText, "str")
	if !ok {
		return err
	}
	if !isASCII(b) && !isPythonText(string(b)) {
		return errors.New("a string is not UTF-8")
	}
	return m.push(m.heap.NewString(b))
}

// binUnicode reads a string. It may hold the bytes of a number.
func (m *machine) binUnicode() error {
	if err := m.text(4); err != nil {
		return err
	}
	if top := &m.stack[len(m.stack)-1]; top.Kind == heap.KindString {
		top.Hole = m.holeHere(template.Text)
	}
	return nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// content consumes n bytes. It gathers bytes that do not fit into the window as they arrive, so
// that memory follows the input and not its claims.
func (m *machine) content(n int) ([]byte, error) {
	if n <= maxTake {
		return m.take(n)
	}
	m.spoil()
	all := make([]byte, 0, maxTake)
	for len(all) < n {
		b, err := m.take(min(n-len(all), maxTake))
		if err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
	return all, nil
}

// bytesValue reads a bytes object with a length of width bytes.
func (m *machine) bytesValue(width int) error {
	b, ok, err := m.sized(width, heap.MaxBytes, "bytes")
	if !ok {
		return err
	}
	v := m.heap.NewBytes(b)
	v.Hole = m.fast.learner.NoteBytes(m.offset()-int64(len(b)), len(b))
	return m.push(v)
}

// ascii reads a string of Python 2, which Python 3 decodes as ASCII.
func (m *machine) ascii(width int) error {
	b, ok, err := m.sized(width, maxText, "str")
	if !ok {
		return err
	}
	if !isASCII(b) {
		return errors.New("a string of Python 2 is not ASCII")
	}
	return m.push(m.heap.NewString(b))
}

// stringLine reads the repr of a string of Python 2.
func (m *machine) stringLine() error {
	line, err := m.line()
	if err != nil {
		return err
	}
	n := len(line)
	if n < 2 || line[0] != line[n-1] || line[0] != '\'' && line[0] != '"' || !isASCII(line) {
		return fmt.Errorf("%.40q is not a quoted string", line)
	}
	text := line[1 : n-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		return errors.New("a string of Python 2 with escapes")
	}
	return m.push(m.heap.NewString(text))
}

// unicodeLine reads a string in Python's raw-unicode-escape: Latin-1, plus \uXXXX and \UXXXXXXXX.
func (m *machine) unicodeLine() error {
	line, err := m.line()
	if err != nil {
		return err
	}
	text, err := rawUnicodeUnescape(line)
	if err != nil {
		return err
	}
	return m.push(m.heap.NewString(text))
}

func rawUnicodeUnescape(line []byte) ([]byte, error) {
	text := make([]byte, 0, len(line))
	for i := 0; i < len(line); {
		digits := 0
		if line[i] == '\\' && i+1 < len(line) {
			switch line[i+1] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits == 0 {
			text = utf8.AppendRune(text, rune(line[i]))
			i++
			continue
		}
		end := i + 2 + digits
		if end > len(line) {
			return nil, errors.New("a string has an incomplete escape")
		}
		code, err := strconv.ParseUint(string(line[i+2:end]), 16, 32)
		if err != nil || code > utf8.MaxRune {
			return nil, fmt.Errorf("a string has the invalid escape %q", line[i:end])
		}
		text = appendPythonRune(text, rune(code))
		i = end
	}
	return text, nil
}

// appendPythonRune appends r in UTF-8, even if it is a surrogate.
func appendPythonRune(text []byte, r rune) []byte {
	if r >= 0xd800 && r <= 0xdfff {
		return append(text, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f|0x80, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(text, r)
}
