package column

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestBlocksAreAList compares a list of blocks with a slice, across the ends of blocks.
func TestBlocksAreAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b Blocks[int]
		var want []int
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				n := rapid.SampledFrom([]int{1, firstLen, 1000, 5000, BlockLen - 1}).Draw(t, "n")
				for i := range n {
					want = append(want, len(want)+i)
				}
				b.Append(want[len(want)-n:]...)
			},
			"zeros": func(t *rapid.T) {
				n := rapid.IntRange(0, 2000).Draw(t, "n")
				want = append(want, make([]int, n)...)
				b.AppendZeros(n)
			},
			"set": func(t *rapid.T) {
				if len(want) > 0 {
					i := rapid.IntRange(0, len(want)-1).Draw(t, "i")
					want[i] = -i
					b.Set(i, -i)
				}
			},
			"": func(t *rapid.T) {
				from := rapid.IntRange(0, len(want)).Draw(t, "from")
				to := rapid.IntRange(from, len(want)).Draw(t, "to")
				var some Blocks[int]
				some.Append(1, 2, 3)
				some.AppendFrom(b, from, to)
				got := slices.Concat(slices.Collect(some.Stretches(3, some.Len()))...)
				if b.Len() != len(want) || !slices.Equal(got, want[from:to]) {
					t.Fatalf("rows %d to %d of %d differ", from, to, len(want))
				}
				at := from
				for x, y := range b.Beside(from, to, some, 3) {
					if len(x) == 0 || !slices.Equal(x, y) {
						t.Fatalf("%d rows beside %d from %d on", len(x), len(y), at)
					}
					at += len(x)
				}
				if at != to {
					t.Fatalf("rows %d to %d are not compared", at, to)
				}
				room := 0
				for _, block := range b.blocks {
					room += len(block)
				}
				if spare := room - b.Len(); spare > min(b.Len()+firstLen, BlockLen) {
					t.Fatalf("room for %d more than %d", spare, b.Len())
				}
			},
		})
	})
}
