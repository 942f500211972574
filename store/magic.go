package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// magics are the bytes by which common files are known, and what these files are.
var magics = []struct {
	at    int // offset
	bytes string
	name  string
}{
	{0, "\x1f\x8b", "gzip data"},
	{0, "BZh", "bzip2 data"},
	{0, "\xfd7zXZ\x00", "xz data"},
	{0, "\x28\xb5\x2f\xfd", "zstd data"},
	{0, "\x04\x22\x4d\x18", "lz4 data"},
	{257, "ustar", "a tar archive"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file"},
	{0, "CDF\x01", "a netCDF file"},
	{0, "CDF\x02", "a netCDF file"},
	{0, "\x93NUMPY", "a numpy array (.npy)"},
	{0, "PAR1", "a Parquet file"},
	{0, "ARROW1\x00\x00", "an Arrow file"},
	{0, "SQLite format 3\x00", "an SQLite database"},
	{23, "brain.Event:", "a TensorBoard event file"},
	{0, "\x89PNG\r\n\x1a\n", "a PNG picture"},
	{0, "\xff\xd8\xff", "a JPEG picture"},
	{0, "GIF8", "a GIF picture"},
	{0, "II*\x00", "a TIFF picture"},
	{0, "MM\x00*", "a TIFF picture"},
	{0, "%PDF-", "a PDF document"},
	{0, "\x7fELF", "a program (ELF)"},
	{0, "version https://git-lfs.github.com/", "a pointer of Git LFS to a file that was not fetched"},
	{0, "#!", "a script"},
}

// contentOf names the content of a file by its first bytes; "" if they are of no known kind.
func contentOf(head []byte) string {
	for _, m := range magics {
		if len(head) >= m.at && bytes.HasPrefix(head[m.at:], []byte(m.bytes)) {
			return m.name
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return zipContent(head)
	case isText(head):
		return textContent(strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff")))
	}
	return ""
}

// zipContent names a zip archive by its first file.
func zipContent(head []byte) string {
	const lengthAt, nameAt = 26, 30
	name := ""
	if len(head) > nameAt {
		length := int(binary.LittleEndian.Uint16(head[lengthAt:]))
		name = string(head[nameAt:min(nameAt+length, len(head))])
	}
	switch {
	case strings.HasSuffix(name, "/data.pkl"):
		return "a PyTorch checkpoint"
	case strings.HasSuffix(name, ".npy"):
		return "an archive of numpy arrays (.npz)"
	}
	return "a zip archive"
}

// isText reports whether the first bytes of a file are UTF-8 without control characters.
func isText(head []byte) bool {
	for len(head) > 0 {
		if !utf8.FullRune(head) {
			return true // the rest of the character is beyond the head
		}
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		head = head[size:]
	}
	return true
}

// textContent names text by how it begins.
func textContent(text string) string {
	begins := func(with string) bool { return len(text) >= len(with) && strings.EqualFold(text[:len(with)], with) }
	switch {
	case begins("<!doctype html"), begins("<html"):
		return "an HTML page"
	case begins("<?xml"):
		return "XML"
	case (begins("{") || begins("[")) && isJSON(text):
		return "JSON"
	}
	return "text"
}

// isJSON reports whether text is JSON as far as it goes.
func isJSON(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	for {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		}
	}
}
