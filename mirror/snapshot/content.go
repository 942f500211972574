package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"slices"
	"sync"

	"statsmirror/store"
	"statsmirror/store/column"
)

// ContentSHA256 returns, in hex, the hash of a snapshot's rows, group by group. It covers nothing
// else, so two generations with the same rows have the same hash.
func ContentSHA256(s *Snapshot) string {
	var groups []group
	for first, rest := s.whole().cut(); !first.empty(); first, rest = rest.cut() {
		groups = append(groups, group{TrainingSHA256: first.trainingSHA256(), ValidationSHA256: first.validationSHA256()})
	}
	return contentSHA256(groups)
}

const contentMark = "statsmirror rows 2\n"

// contentSHA256 returns the hash of the rows of all groups.
func contentSHA256(groups []group) string {
	h := sha256.New()
	h.Write([]byte(contentMark))
	for _, g := range groups {
		h.Write([]byte(g.TrainingSHA256 + g.ValidationSHA256))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (p part) trainingSHA256() string { return trainingSHA256(p.training, p.trainedFrom, p.trainedTo) }

// trainingSHA256 returns, in hex, the hash of rows from to to-1.
func trainingSHA256(s store.TrainingStats, from, to int) string {
	d := newDigest()
	d.ints(s.Iteration, from, to)
	d.floats(s.Loss, from, to)
	d.floats(s.Time, from, to)
	return d.sum()
}

func (p part) validationSHA256() string {
	return validationSHA256(p.validation, p.validatedFrom, p.validatedTo)
}

// validationSHA256 returns, in hex, the hash of rows from to to-1.
func validationSHA256(s store.ValidationScores, from, to int) string {
	d := newDigest()
	d.ints(s.Iteration, from, to)
	if from < to {
		outer, middle, inner := ends(s.Scores, from)
		outerTo, middleTo, innerTo := ends(s.Scores, to)
		d.nulls(s.Scores.Null, from, to)
		d.ends(s.Scores.Outer, from, to)
		d.ends(s.Scores.Middle, outer, outerTo)
		d.ends(s.Scores.Inner, middle, middleTo)
		d.floats(s.Scores.Values, inner, innerTo)
	}
	return d.sum()
}

// digest hashes columns in the canonical form of FORMAT.md, a chunk at a time.
type digest struct {
	hash  hash.Hash
	chunk []byte
}

const chunkSize = 16 << 10

// digests keeps the buffers of digests for reuse.
var digests = sync.Pool{New: func() any { return &digest{sha256.New(), make([]byte, 0, 2*chunkSize)} }}

func newDigest() *digest {
	d := digests.Get().(*digest)
	d.hash.Reset()
	d.chunk = d.chunk[:0]
	return d
}

// sum returns the hash in hex. d must not be used afterwards.
func (d *digest) sum() string {
	defer digests.Put(d)
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

func (d *digest) ints(values column.Blocks[int64], from, to int) {
	d.word(uint64(to - from))
	for block := range values.Stretches(from, to) {
		for some := range slices.Chunk(block, chunkSize/8) {
			for _, v := range some {
				d.chunk = binary.LittleEndian.AppendUint64(d.chunk, uint64(v))
			}
			d.flush()
		}
	}
}

func (d *digest) floats(f column.Floats, from, to int) {
	d.nulls(f.Null, from, to)
	for block := range f.Values.Stretches(from, to) {
		for some := range slices.Chunk(block, chunkSize/8) {
			for _, v := range some {
				d.chunk = binary.LittleEndian.AppendUint64(d.chunk, math.Float64bits(v))
			}
			d.flush()
		}
	}
}

// nulls hashes the number of values, the number of nulls among them, and their positions.
func (d *digest) nulls(null column.Blocks[bool], from, to int) {
	var at column.Blocks[int64]
	if null.Len() > 0 {
		for i := from; i < to; i++ {
			if null.At(i) {
				at.Append(int64(i - from))
			}
		}
	}
	d.word(uint64(to - from))
	d.ints(at, 0, at.Len())
}

// ends hashes where lists from to to-1 end, counted from where the first begins.
func (d *digest) ends(offsets column.Blocks[int], from, to int) {
	d.word(uint64(to - from))
	for i := from; i < to; i++ {
		d.word(uint64(offsets.At(i+1) - offsets.At(from)))
	}
}
