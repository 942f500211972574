package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"slices"

	"statsmirror/store/column"
)

// ContentSHA256 returns, in hex, the hash of a snapshot's rows: of nothing
// else, so that two generations with the same rows have the same.
func ContentSHA256(s *Snapshot) string {
	d := newDigest()
	d.ints(s.Training.Iteration)
	d.floats(s.Training.Loss)
	d.floats(s.Training.Time)
	d.ints(s.Validation.Iteration)
	scores := s.Validation.Scores
	d.nulls(scores.Null, scores.Len())
	d.offsets(scores.Outer)
	d.offsets(scores.Middle)
	d.offsets(scores.Inner)
	d.floats(scores.Values)
	return d.sum()
}

// digest hashes columns in the canonical form of FORMAT.md, a chunk at a time.
type digest struct {
	hash  hash.Hash
	chunk []byte
}

const (
	contentMark = "statsmirror rows 1\n"
	chunkSize   = 64 << 10
)

func newDigest() *digest {
	d := &digest{sha256.New(), make([]byte, 0, 2*chunkSize)}
	d.chunk = append(d.chunk, contentMark...)
	return d
}

func (d *digest) sum() string {
	d.hash.Write(d.chunk)
	return hex.EncodeToString(d.hash.Sum(nil))
}

func (d *digest) word(v uint64) {
	d.chunk = binary.LittleEndian.AppendUint64(d.chunk, v)
	d.flush()
}

// flush hashes the chunk once it is full.
func (d *digest) flush() {
	if len(d.chunk) >= chunkSize {
		d.hash.Write(d.chunk)
		d.chunk = d.chunk[:0]
	}
}

func (d *digest) ints(values []int64) {
	d.word(uint64(len(values)))
	for some := range slices.Chunk(values, chunkSize/8) {
		for _, v := range some {
			d.chunk = binary.LittleEndian.AppendUint64(d.chunk, uint64(v))
		}
		d.flush()
	}
}

func (d *digest) floats(f column.Floats) {
	d.nulls(f.Null, f.Len())
	values := f.Values
	if f.HasNull() {
		values = slices.Clone(values)
		for i, null := range f.Null {
			if null {
				values[i] = 0
			}
		}
	}
	for some := range slices.Chunk(values, chunkSize/8) {
		for _, v := range some {
			d.chunk = binary.LittleEndian.AppendUint64(d.chunk, math.Float64bits(v))
		}
		d.flush()
	}
}

// nulls hashes how many of n values are null, and which.
func (d *digest) nulls(null []bool, n int) {
	var at []int64
	for i, is := range null {
		if is {
			at = append(at, int64(i))
		}
	}
	d.word(uint64(n))
	d.ints(at)
}

// offsets hashes where lists end.
func (d *digest) offsets(offsets []int) {
	d.word(uint64(max(0, len(offsets)-1)))
	for i := 1; i < len(offsets); i++ {
		d.word(uint64(offsets[i]))
	}
}
