package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// protocol2 returns n rows as Python stores them in protocol 2, where each object gets
// its number in the memo by BINPUT or LONG_BINPUT. A number that wrong tells is given
// instead of that of the row.
func protocol2(n int, wrong map[int]int) []byte {
	b, next := []byte("\x80\x02]q\x00("), 1
	put := func(number int) {
		if number < 256 {
			b = append(b, opBinPut, byte(number))
		} else {
			b = binary.LittleEndian.AppendUint32(append(b, opLongBinPut), uint32(number))
		}
		next++
	}
	keys := map[string]byte{}
	text := func(s string) {
		if number, ok := keys[s]; ok {
			b = append(b, opBinGet, number)
			return
		}
		keys[s] = byte(next)
		b = append(binary.LittleEndian.AppendUint32(append(b, opBinUnicode), uint32(len(s))), s...)
		put(next)
	}
	double := func(v float64) {
		b = binary.BigEndian.AppendUint64(append(b, opBinFloat), math.Float64bits(v))
	}
	for i := range n {
		b = append(b, opEmptyDict)
		number, ok := wrong[i]
		if !ok {
			number = next
		}
		put(number)
		b = append(b, opMark)
		text("iteration")
		b = binary.LittleEndian.AppendUint32(append(b, opBinInt), uint32(i))
		text("loss")
		double(1 / float64(i+1))
		text("time")
		double(0.5)
		text("run_name")
		text("run")
		b = append(b, opSetItems)
	}
	return append(b, opAppends, opStop)
}

// TestRowsThatPut decodes rows of protocol 2, in order and with numbers of the memo
// that are not, at the edges of one and of four bytes too.
func TestRowsThatPut(t *testing.T) {
	t.Parallel()
	all := decoders(trainingLayout)
	for name, wrong := range map[string]map[int]int{
		"in order": nil, "skipped": {100: 1000}, "again": {100: 50}, "early": {3: 300}, "late": {260: 1},
	} {
		table, err := checkSame(t, all, protocol2(500, wrong))
		if err != nil || table.Rows != 500 || table.Ints[0].At(499) != 499 {
			t.Errorf("%s: %d rows, %v", name, table.Rows, err)
		}
	}
	if _, err := all["template"].Decode(bytes.NewReader(protocol2(500, nil))); err != nil || all["template"].m.fast.template == nil {
		t.Errorf("no template was learned, %v", err)
	}
}

func BenchmarkProtocol2(b *testing.B) {
	for _, rows := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			data := protocol2(rows, nil)
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
