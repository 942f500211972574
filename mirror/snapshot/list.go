package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxElement bounds the bytes of an element of a list in the metadata. A group stays below it even
// if every second row is null in both lists.
const maxElement = 1 << 20

// encodeList returns a list as JSON.
func encodeList[T any](list []T) (string, error) {
	text := []byte{'['}
	for i, v := range list {
		if i > 0 {
			text = append(text, ',')
		}
		element, err := json.Marshal(v)
		if err != nil {
			return "", fmt.Errorf("encode metadata: %w", err)
		}
		if len(element) > maxElement {
			return "", fmt.Errorf("encode metadata: a list element takes %d bytes", len(element))
		}
		text = append(text, element...)
	}
	return string(append(text, ']')), nil
}

// decodeList undoes encodeList, one element at a time. It compares each element with encodeList's
// output before it reads the next. So a few bytes never become many in memory.
func decodeList[T any](text []byte) (list []T, err error) {
	in := &limited{Reader: bytes.NewReader(text)}
	d := json.NewDecoder(in)
	in.left = maxElement
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return nil, errors.Join(err, errList)
	}
	for in.left = maxElement; d.More(); in.left = maxElement {
		from := d.InputOffset()
		if len(list) > 0 {
			from++ // after the comma
		}
		var v T
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		again, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if to := d.InputOffset(); from > to || !bytes.Equal(text[from:to], again) {
			return nil, errList
		}
		list = append(list, v)
	}
	if text[len(text)-1] != ']' || d.InputOffset() != int64(len(text)-1) {
		return nil, errList
	}
	return slices.Clip(list), nil
}

var errList = errors.New("a list is not in a writer's form")

// limited reads at most the bytes left.
type limited struct {
	io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, errors.New("a list element is too long")
	}
	n, err := l.Reader.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
