package column

import "iter"

// BlockLen is the number of values in a block.
const BlockLen = 1 << 16

// firstLen is the capacity of the first block at first.
const firstLen = 16

// Blocks is a list that grows by blocks. Once the first block is full, no value is moved. So a long
// list takes the memory of its values and at most one block more. The zero Blocks is empty. A copy
// shares the memory of the values; only one of the two may grow.
type Blocks[T any] struct {
	blocks [][]T // all but the last are full
	n      int
}

// BlocksOf returns a list of values.
func BlocksOf[T any](values ...T) (b Blocks[T]) {
	b.Append(values...)
	return b
}

// Reset removes all values and keeps their memory for reuse.
func (b *Blocks[T]) Reset() {
	used := (b.n + BlockLen - 1) / BlockLen
	clear(b.blocks[used:]) // left by a longer list
	b.blocks, b.n = b.blocks[:used], 0
}

// Len returns the number of values.
func (b Blocks[T]) Len() int { return b.n }

// At returns value i.
func (b Blocks[T]) At(i int) T { return b.blocks[i/BlockLen][i%BlockLen] }

// Set changes value i.
func (b Blocks[T]) Set(i int, v T) { b.blocks[i/BlockLen][i%BlockLen] = v }

// Stretch returns the values from i on that lie in one block, but none from to on.
func (b Blocks[T]) Stretch(i, to int) []T {
	block := i - i%BlockLen
	return b.blocks[i/BlockLen][i-block : min(to-block, BlockLen)]
}

// Stretches yields the values from from to to-1, block by block.
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

// All yields each value with its index.
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

// Spare returns memory for one or more values to come. Take adds them.
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

// Take adds the first n values of the memory that Spare returned.
func (b *Blocks[T]) Take(n int) { b.n += n }

// Beside yields values from to to-1 of b beside as many of c from at on. Each pair of slices lies
// in one block of b and one of c.
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
