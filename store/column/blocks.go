package column

import "iter"

// BlockLen is how many values the blocks of a Blocks have.
const BlockLen = 1 << 16

// firstLen is how many values the first block has room for at first.
const firstLen = 16

// Blocks is a list that grows by blocks: no value is moved once the first block is
// full, so that a long list takes the memory of its values and of one block more.
// The zero Blocks is empty. A copy shares the memory of the values; only one of the
// two may grow.
type Blocks[T any] struct {
	blocks [][]T // all but the last are full
	n      int
}

// BlocksOf returns a list of values.
func BlocksOf[T any](values ...T) (b Blocks[T]) {
	b.Append(values...)
	return b
}

// Reset removes all values. What took their memory takes that of others to come.
func (b *Blocks[T]) Reset() {
	used := (b.n + BlockLen - 1) / BlockLen
	clear(b.blocks[used:]) // of a longer list before
	b.blocks, b.n = b.blocks[:used], 0
}

// Len returns the number of values.
func (b Blocks[T]) Len() int { return b.n }

// At returns value i.
func (b Blocks[T]) At(i int) T { return b.blocks[i/BlockLen][i%BlockLen] }

// Set changes value i.
func (b Blocks[T]) Set(i int, v T) { b.blocks[i/BlockLen][i%BlockLen] = v }

// Stretch returns values from i on that lie in one block, at most those before to.
func (b Blocks[T]) Stretch(i, to int) []T {
	block := i - i%BlockLen
	return b.blocks[i/BlockLen][i-block : min(to-block, BlockLen)]
}

// Stretches yields the values from from to to-1, those of each block together.
func (b Blocks[T]) Stretches(from, to int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for from < to {
			s := b.Stretch(from, to)
			if !yield(s) {
				return
			}
			from += len(s)
		}
	}
}

// All yields each value with its place.
func (b Blocks[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for s := range b.Stretches(0, b.n) {
			for _, v := range s {
				if !yield(i, v) {
					return
				}
				i++
			}
		}
	}
}

// Append adds values.
func (b *Blocks[T]) Append(values ...T) {
	for len(values) > 0 {
		n := copy(b.Spare(), values)
		b.Take(n)
		values = values[n:]
	}
}

// AppendFrom adds the values from to to-1 of c.
func (b *Blocks[T]) AppendFrom(c Blocks[T], from, to int) {
	for s := range c.Stretches(from, to) {
		b.Append(s...)
	}
}

// AppendZeros adds n zero values.
func (b *Blocks[T]) AppendZeros(n int) {
	for n > 0 {
		s := b.Spare()
		s = s[:min(n, len(s))]
		clear(s)
		b.Take(len(s))
		n -= len(s)
	}
}

// Spare returns memory for the values to come, one or more. Take adds them.
func (b *Blocks[T]) Spare() []T {
	last := b.n / BlockLen
	if last == len(b.blocks) {
		room := BlockLen
		if last == 0 {
			room = firstLen
		}
		b.blocks = append(b.blocks, make([]T, room))
	}
	block, used := b.blocks[last], b.n%BlockLen
	if used == len(block) {
		block = append(make([]T, 0, 2*used), block...)[:2*used]
		b.blocks[last] = block
	}
	return block[used:]
}

// Take adds the first n values of what Spare returned.
func (b *Blocks[T]) Take(n int) { b.n += n }

// Beside yields values from to to-1 of b, and as many of c from at on, those that
// lie in one block of each together.
func (b Blocks[T]) Beside(from, to int, c Blocks[T], at int) iter.Seq2[[]T, []T] {
	return func(yield func([]T, []T) bool) {
		for from < to {
			s := b.Stretch(from, to)
			t := c.Stretch(at, at+len(s))
			if !yield(s[:len(t)], t) {
				return
			}
			from, at = from+len(t), at+len(t)
		}
	}
}
