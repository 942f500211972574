package pickle

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"statsmirror/store/column"
	"statsmirror/store/pickle/internal/opcode"
)

// scores returns rows of scores. length gives the length of each list.
func scores(rows int, length func(row, depth int) int) (iterations column.Blocks[int64], n column.Nested) {
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range rows {
		iterations.Append(int64(1000 * i))
		n.BeginRow()
		for range length(i, 0) {
			n.BeginOuter()
			for range length(i, 1) {
				n.BeginMiddle()
				for range length(i, 2) {
					n.Append(chance.Float64())
				}
			}
		}
	}
	return iterations, n
}

// lengths gives lengths of lists, and whether the rows look like a trainer's.
var lengths = map[string]struct {
	usual  bool
	length func(row, depth int) int
}{
	"3x4x5":         {true, func(_, depth int) int { return 3 + depth }},
	"1x1x1":         {true, func(_, _ int) int { return 1 }},
	"1x2x1":         {true, func(_, depth int) int { return 1 + depth%2 }},
	"3x20x30":       {true, func(_, depth int) int { return [...]int{3, 20, 30}[depth] }},
	"more each":     {true, func(row, depth int) int { return 2 + depth*row/40 }},
	"2x1x1500":      {true, func(_, depth int) int { return [...]int{2, 1, 1500}[depth] }},
	"2x1x1001":      {false, func(_, depth int) int { return [...]int{2, 1, 1001}[depth] }},
	"none":          {false, func(_, _ int) int { return 0 }},
	"some empty":    {false, func(row, depth int) int { return (row + depth) % 3 }},
	"one that ends": {true, func(row, depth int) int { return min(2, 1+row*depth) }},
}

// TestScores decodes scores of every shape, with frames that begin anywhere in them, and memo
// numbers of one and of four bytes.
func TestScores(t *testing.T) {
	t.Parallel()
	const rows = 100
	for name, c := range lengths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			iterations, want := scores(rows, c.length)
			var framed bytes.Buffer
			if err := Encode(&framed, rows, IntField("iteration", iterations), NestedField("scores", want), TextField("run_name", "run")); err != nil {
				t.Fatal(err)
			}
			for protocol, data := range map[string][]byte{"4": framed.Bytes(), "2": newProtocol2().scored(iterations, want)} {
				table, err := checkSame(t, decoders(validationLayout), data)
				if err != nil || table.Rows != rows || !sameNested(table.Nested[1], want) {
					t.Errorf("protocol %s: %d rows, %v", protocol, table.Rows, err)
				}
				if found := learned(t, validationLayout, data); c.usual && (found == nil || !found.Lists()) {
					t.Errorf("protocol %s: no template was learned", protocol)
				}
			}
		})
	}
}

// scored returns rows of scores.
func (p *protocol2) scored(iterations column.Blocks[int64], n column.Nested) []byte {
	for i, iteration := range iterations.All() {
		p.add(opcode.EmptyDict)
		p.put()
		p.add(opcode.Mark)
		p.text("iteration")
		p.integer(int(iteration))
		p.text("scores")
		outer, end := column.Bounds(n.Outer, i)
		p.list(end-outer, func() {
			middle, end := column.Bounds(n.Middle, outer)
			outer++
			p.list(end-middle, func() {
				at, end := column.Bounds(n.Inner, middle)
				middle++
				p.list(end-at, func() {
					p.double(n.Values.At(at))
					at++
				})
			})
		})
		p.text("run_name")
		p.text("run")
		p.add(opcode.SetItems)
	}
	return p.end()
}

// TestDamagedScoresDecodeAlikeOnAllPaths changes each byte of rows of scores in turn.
func TestDamagedScoresDecodeAlikeOnAllPaths(t *testing.T) {
	t.Parallel()
	iterations, n := scores(6, func(_, depth int) int { return 1 + depth })
	data := newProtocol2().scored(iterations, n)
	all := decoders(validationLayout)
	for i := range data {
		for _, op := range []byte{opcode.Mark, opcode.Append, opcode.Appends, opcode.EmptyList, opcode.BinFloat, opcode.None, opcode.Memoize, opcode.Frame, opcode.Tuple} {
			changed := bytes.Clone(data)
			changed[i] = op
			_, _ = checkSame(t, all, changed)
		}
	}
}
