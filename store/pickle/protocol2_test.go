package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

// protocol2 is a pickle as Python writes it in protocol 2: BINPUT or LONG_BINPUT gives each object
// its memo number.
type protocol2 struct {
	b    []byte
	next int
	keys map[string]int
}

func newProtocol2() *protocol2 {
	return &protocol2{b: []byte("\x80\x02]q\x00("), next: 1, keys: map[string]int{}}
}

func (p *protocol2) add(b ...byte) { p.b = append(p.b, b...) }

func (p *protocol2) put() {
	p.putAs(p.next)
}

func (p *protocol2) putAs(number int) {
	if number < 256 {
		p.add(opcode.BinPut, byte(number))
	} else {
		p.b = binary.LittleEndian.AppendUint32(append(p.b, opcode.LongBinPut), uint32(number))
	}
	p.next++
}

func (p *protocol2) get(number int) {
	if number < 256 {
		p.add(opcode.BinGet, byte(number))
	} else {
		p.b = binary.LittleEndian.AppendUint32(append(p.b, opcode.LongBinGet), uint32(number))
	}
}

// text adds a text, or fetches it if it was added before.
func (p *protocol2) text(s string) {
	if number, ok := p.keys[s]; ok {
		p.get(number)
		return
	}
	p.keys[s] = p.next
	p.fresh(s)
}

func (p *protocol2) fresh(s string) {
	p.b = binary.LittleEndian.AppendUint32(append(p.b, opcode.BinUnicode), uint32(len(s)))
	p.b = append(p.b, s...)
	p.put()
}

// global adds a class or function, or fetches it if it was added before.
func (p *protocol2) global(module, name string) {
	if number, ok := p.keys[name]; ok {
		p.get(number)
		return
	}
	p.keys[name] = p.next
	p.b = append(p.b, globalOf(module, name)...)
	p.put()
}

func (p *protocol2) integer(n int) {
	p.b = binary.LittleEndian.AppendUint32(append(p.b, opcode.BinInt), uint32(n))
}

func (p *protocol2) double(v float64) {
	p.b = binary.BigEndian.AppendUint64(append(p.b, opcode.BinFloat), math.Float64bits(v))
}

// scalar adds a numpy scalar with the bytes of number.
func (p *protocol2) scalar(dtype string, number []byte) {
	p.global("numpy.core.multiarray", "scalar")
	if fetch, ok := p.keys[dtype]; ok {
		p.get(fetch)
	} else {
		p.global("numpy", "dtype")
		p.fresh(dtype)
		p.add(opcode.NewFalse, opcode.NewTrue, opcode.Tuple3)
		p.put()
		p.add(opcode.Reduce)
		p.keys[dtype] = p.next
		p.put()
	}
	p.global("_codecs", "encode")
	var latin1 []rune
	for _, b := range number {
		latin1 = append(latin1, rune(b))
	}
	p.fresh(string(latin1))
	p.text("latin1")
	p.add(opcode.Tuple2)
	p.put()
	p.add(opcode.Reduce)
	p.put()
	p.add(opcode.Tuple2)
	p.put()
	p.add(opcode.Reduce)
	p.put()
}

// list adds a list of n items as Python does, but in one batch.
func (p *protocol2) list(n int, item func()) {
	p.add(opcode.EmptyList)
	p.put()
	switch n {
	case 0:
	case 1:
		item()
		p.add(opcode.Append)
	default:
		p.add(opcode.Mark)
		for range n {
			item()
		}
		p.add(opcode.Appends)
	}
}

func (p *protocol2) end() []byte { return append(p.b, opcode.Appends, opcode.Stop) }

// trained returns n plain rows. wrong maps a row to the memo number to give it instead of its own.
func (p *protocol2) trained(n int, wrong map[int]int) []byte {
	for i := range n {
		p.add(opcode.EmptyDict)
		if number, ok := wrong[i]; ok {
			p.putAs(number)
		} else {
			p.put()
		}
		p.add(opcode.Mark)
		p.text("iteration")
		p.integer(i)
		p.text("loss")
		p.double(1 / float64(i+1))
		p.text("time")
		p.double(0.5)
		p.text("run_name")
		p.text("run")
		p.add(opcode.SetItems)
	}
	return p.end()
}

// TestRowsThatPut decodes rows of protocol 2 whose memo numbers are in order or not, also at the
// limits of one and of four bytes.
func TestRowsThatPut(t *testing.T) {
	t.Parallel()
	all := decoders(trainingLayout)
	for name, wrong := range map[string]map[int]int{
		"in order": nil, "skipped": {100: 1000}, "again": {100: 50}, "early": {3: 300}, "late": {260: 1},
	} {
		table, err := checkSame(t, all, newProtocol2().trained(500, wrong))
		if err != nil || table.Rows != 500 || table.Ints[0].At(499) != 499 {
			t.Errorf("%s: %d rows, %v", name, table.Rows, err)
		}
	}
	if learned(t, trainingLayout, newProtocol2().trained(500, nil)) == nil {
		t.Error("no template was learned")
	}
}

// TestMemoNumberThatOverflowsItsByte decodes a row whose bytes are those of the row before plus 1,
// with the carry of the memo number in the opcode after it.
func TestMemoNumberThatOverflowsItsByte(t *testing.T) {
	t.Parallel()
	data := newProtocol2().trained(300, nil)
	row := []byte("}r\x00\x01\x00\x00(")
	if !bytes.Contains(data, row) {
		t.Fatal("no row puts the number 256")
	}
	_, err := checkSame(t, decoders(trainingLayout), bytes.Replace(data, row, []byte("}q\x00)"), 1))
	if err == nil {
		t.Error("no error")
	}
}

// TestTemplateEndsWithTheNumbersOfOneByte shows that rows are learned again as soon as their memo
// numbers need four bytes.
func TestTemplateEndsWithTheNumbersOfOneByte(t *testing.T) {
	t.Parallel()
	p := newProtocol2()
	data := p.numpyTrained(28)
	if found := learned(t, trainingLayout, data); found == nil || !found.Counts(p.next) {
		t.Errorf("the template is %+v after %d objects", found, p.next)
	}
}

// numpyTrained returns n rows of numpy scalars.
func (p *protocol2) numpyTrained(n int) []byte {
	for i := range n {
		p.add(opcode.EmptyDict)
		p.put()
		p.add(opcode.Mark)
		p.text("iteration")
		p.integer(i)
		p.text("loss")
		p.scalar("f4", binary.LittleEndian.AppendUint32(nil, math.Float32bits(someSingle(i))))
		p.text("time")
		p.scalar("f8", binary.LittleEndian.AppendUint64(nil, math.Float64bits(float64(i)/3)))
		p.add(opcode.SetItems)
	}
	return p.end()
}

func someSingle(i int) float32 { return math.Float32frombits(uint32(i) * 2654435761) }

// objectsTrained returns n rows that are objects. Before the columns they have an attribute of size
// bytes.
func (p *protocol2) objectsTrained(n, size int) []byte {
	for i := range n {
		p.global("dacapo.experiments", "TrainingIterationStats")
		p.add(opcode.EmptyTuple, opcode.NewObj)
		p.put()
		p.add(opcode.EmptyDict)
		p.put()
		p.add(opcode.Mark)
		p.text("before")
		p.b = append(p.b, text(strings.Repeat("x", size))...)
		p.text("iteration")
		p.integer(i)
		p.text("loss")
		p.double(1 / float64(i+1))
		p.text("time")
		p.double(0.5)
		p.add(opcode.SetItems, opcode.Build)
	}
	return p.end()
}

// protocol2Forms returns n rows in forms that templates take. Their numbers are so high that the
// rows put them in four bytes.
func protocol2Forms(n int) map[string][]byte {
	forms := map[string][]byte{}
	for form, write := range map[string]func(*protocol2) []byte{
		"plain":   func(p *protocol2) []byte { return p.trained(n, nil) },
		"numpy":   func(p *protocol2) []byte { return p.numpyTrained(n) },
		"objects": func(p *protocol2) []byte { return p.objectsTrained(n, 20) },
		"long":    func(p *protocol2) []byte { return p.objectsTrained(n, 200) },
	} {
		p := newProtocol2()
		for p.next < 256 {
			p.fresh("")
		}
		p.add(opcode.PopMark, opcode.Mark)
		forms[form] = write(p)
	}
	return forms
}

// TestDamagedRowsDecodeAlikeOnAllPaths changes each byte of a row that a template would take.
func TestDamagedRowsDecodeAlikeOnAllPaths(t *testing.T) {
	t.Parallel()
	all := decoders(trainingLayout)
	for form, data := range protocol2Forms(12) {
		if learned(t, trainingLayout, data) == nil {
			t.Errorf("%s: no template was learned", form)
		}
		row := len(data) / 14
		for at := len(data) - 3*row; at < len(data)-row; at++ {
			for _, change := range []byte{1, 2, 0x40, 0x80, 0xff} {
				damaged := bytes.Clone(data)
				damaged[at] ^= change
				_, _ = compare(t, all, damaged, func(*Table, *Table) bool { return true })
			}
		}
	}
}

// TestNumpyScalarsAsText decodes numpy scalars of protocol 2. Their bytes are texts whose length
// differs from row to row.
func TestNumpyScalarsAsText(t *testing.T) {
	t.Parallel()
	p, rows := newProtocol2(), 500
	data := p.numpyTrained(rows)
	table, err := checkSame(t, decoders(trainingLayout), data)
	if err != nil || table.Rows != rows {
		t.Fatal(table.Rows, err)
	}
	for i := range rows {
		if got := table.Floats[2].At(i); got != float64(i)/3 {
			t.Errorf("time of row %d is %v", i, got)
		}
		if got, want := table.Floats[1].At(i), float64(someSingle(i)); math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("loss of row %d is %v, want %v", i, got, want)
		}
	}
	if learned(t, trainingLayout, data) == nil {
		t.Error("no template was learned")
	}
}

// learned returns the template after the last row of data.
func learned(t *testing.T, l Layout, data []byte) *template.Template {
	t.Helper()
	var m machine
	if _, err := NewDecoder(l).decode(&m, bytes.NewReader(data), false, nil); err != nil {
		t.Fatal(err)
	}
	return m.fast.template
}

func BenchmarkProtocol2(b *testing.B) {
	for _, rows := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			data := newProtocol2().trained(rows, nil)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewDecoder(trainingLayout).Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
