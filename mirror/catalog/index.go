package catalog

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// The index is one file with entries for runs: the record of the run, and the metadata of its
// snapshots. The last entry of a run counts. The index is only a cache: an entry for a file is
// valid only while the file has the same stamp. If the index is lost, torn or strange, files are
// read again. mostIndex is how many bytes it may have, enough for over a million runs. A longer
// index is refused before it is read.
const mostIndex = 1 << 29

const (
	indexName   = "index" // in recordsDir
	indexHeader = "statsmirror index 2\n"
	frameHeader = 8        // length of the entry, and its CRC-32C
	maxEntry    = 16 << 20 // bytes, for a run with over 100,000 generations
)

var indexPath = path.Join(recordsDir, indexName)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendEntry appends the entry of a run, or nothing if it is too long. It leaves out a snapshot
// that may not survive a power cut.
func appendEntry(b []byte, run string, h *entry) []byte {
	start := len(b)
	b = appendText(append(b, make([]byte, frameHeader)...), run)
	current := h.current
	if h.uncertain != nil {
		current = nil
	}
	if current == nil {
		b = append(b, 0)
	} else {
		b = appendFileMeta(append(b, 1), *current)
	}
	b = binary.AppendUvarint(b, uint64(len(h.ended)))
	for _, n := range h.ended {
		b = appendFileMeta(b, n)
	}
	b = append(b, h.record...)
	entry := b[start+frameHeader:]
	if len(entry) > maxEntry {
		return b[:start]
	}
	binary.LittleEndian.PutUint32(b[start:], uint32(len(entry)))
	binary.LittleEndian.PutUint32(b[start+4:], crc32.Checksum(entry, castagnoli))
	return b
}

func appendFileMeta(b []byte, n fileMeta) []byte {
	for _, number := range []int64{n.Generation, n.TrainedUntil, n.ValidatedUntil} {
		b = binary.AppendVarint(b, number)
	}
	return binary.AppendVarint(appendStamp(append(b, n.Content[:]...), n.Stamp), n.Ended)
}

// fileMeta reads a fileMeta. The unpacker becomes bad if a number cannot be right.
func (u *unpacker) fileMeta() fileMeta {
	n := fileMeta{
		Generation: u.signed(), TrainedUntil: u.signed(), ValidatedUntil: u.signed(),
		Content: u.digest(), Stamp: u.stamp(), Ended: u.signed(),
	}
	u.bad = u.bad || n.Generation < 1 || n.Generation > snapshot.MostGenerations || n.Ended < 0
	return n
}

// entry reads an entry and the name of its run.
func (u *unpacker) entry() (run string, h *entry) {
	run, h = u.text(), &entry{}
	if u.byte() == 1 {
		n := u.fileMeta()
		h.current = &n
	}
	for n := u.number(); n > 0 && !u.bad; n-- {
		next := u.fileMeta()
		u.bad = u.bad || len(h.ended) > 0 && next.Generation <= h.ended[len(h.ended)-1].Generation
		h.ended = append(h.ended, next)
	}
	h.record = encoded(strings.Clone(u.rest)) // without the rest of the entry
	return strings.Clone(run), h
}

// ReadIndex calls do for each entry of an index up to the first torn one, the older ones of a run
// first. It passes the files that the entry lists as whole, and the record.
func ReadIndex(r io.Reader, do func(run string, files []File, r Record)) {
	eachEntry(r, func(run string, h *entry) { do(run, h.files(run), h.record.decode(run)) })
}

// eachEntry calls do for each entry of an index up to the first torn one. It returns how many bytes
// these entries take.
func eachEntry(r io.Reader, do func(run string, h *entry)) (size int64) {
	in := bufio.NewReaderSize(r, 1<<16)
	header := make([]byte, len(indexHeader))
	if _, err := io.ReadFull(in, header); err != nil || string(header) != indexHeader {
		return 0
	}
	size = int64(len(header))
	for {
		frame, ok := nextEntry(in)
		if !ok {
			return size
		}
		u := unpacker{rest: frame}
		run, h := u.entry()
		if u.bad { // then the entries before it do not count either
			h = &entry{}
		}
		if run != "" {
			do(run, h)
		}
		size += frameHeader + int64(len(frame))
	}
}

// nextEntry returns the next entry if it is whole. A wrong length must cost no memory: nextEntry
// reads in parts, and no more than an entry may have.
func nextEntry(in *bufio.Reader) (entry string, ok bool) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return "", false
	}
	length := int64(binary.LittleEndian.Uint32(header[:]))
	var content []byte
	if length <= int64(in.Size()) {
		content, _ = in.Peek(int(length))
		defer in.Discard(len(content)) //nolint:errcheck // Peek has read these bytes
	} else if length <= maxEntry {
		content, _ = io.ReadAll(io.LimitReader(in, length))
	}
	whole := int64(len(content)) == length && crc32.Checksum(content, castagnoli) == binary.LittleEndian.Uint32(header[4:])
	return string(content), whole
}

// loadIndex records the entries of the index, which must still be checked against the files. It
// returns how many bytes of the index can be kept; 0 if it must be written again.
func (c *Catalog) loadIndex() (size int64) {
	f, info, err := c.OpenFile(indexPath)
	if err != nil {
		return 0 // counts as lost
	}
	defer f.Close()
	if snapshot.CheckSize(info.Size(), mostIndex) != nil {
		return 0
	}
	entries := 0
	size = eachEntry(f, func(run string, h *entry) {
		entries++
		c.runs[run] = h
	})
	const slack = 1000
	if entries > 2*len(c.runs)+slack {
		return 0
	}
	return size
}

// keepIndex continues the index after its first size bytes, or rewrites it if size is 0. It removes
// the files that earlier versions had instead. If the index cannot be written, the next entry tries
// again.
func (c *Catalog) keepIndex(size int64) {
	if size == 0 {
		_ = c.rewriteIndex()
		_ = store.Each(context.Background(), c.root, recordsDir, func(entries []store.Entry) {
			for _, e := range entries {
				if e.Name != indexName {
					_ = c.root.Remove(path.Join(recordsDir, e.Name))
				}
			}
		})
		return
	}
	c.index, _ = durable.OpenLog(c.root, indexPath, size)
	c.indexed = size
}

// rewriteIndex writes the index again, with one entry for each run.
func (c *Catalog) rewriteIndex() error {
	size := int64(len(indexHeader))
	err := durable.WriteVolatile(c.root, indexPath, func(w io.Writer) error {
		if _, err := io.WriteString(w, indexHeader); err != nil {
			return err
		}
		var entry []byte
		for run, h := range c.runs {
			entry = appendEntry(entry[:0], run, h)
			if _, err := w.Write(entry); err != nil {
				return err
			}
			size += int64(len(entry))
		}
		return nil
	})
	if err != nil {
		return err
	}
	closed := c.closeIndex()
	c.index, err = durable.OpenLog(c.root, indexPath, size)
	c.indexed = size
	return errors.Join(closed, err)
}

func (c *Catalog) closeIndex() error {
	if c.index == nil {
		return nil
	}
	err := c.index.Close()
	c.index = nil
	return err
}

// writeEntry appends an entry to the index. It rewrites the index once more than half of it is out
// of date.
func (c *Catalog) writeEntry(run string, h *entry) error {
	const slack = 1 << 20
	if c.index == nil {
		return c.rewriteIndex()
	}
	if size := c.index.Size(); size > 2*c.indexed+slack || size > mostIndex && c.indexed < mostIndex/2 {
		c.indexed = size // if it fails, it is tried again once the size has doubled
		if err := c.rewriteIndex(); err != nil {
			return err
		}
	}
	return c.index.Append(appendEntry(nil, run, h))
}
