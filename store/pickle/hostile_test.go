package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// le returns v in n bytes, the lowest first.
func le(n int, v uint64) string {
	return string(binary.LittleEndian.AppendUint64(nil, v)[:n])
}

// hostile are inputs that ask for more than a stats file does, or for what it
// never asks for.
var hostile = map[string]string{
	"os.system":                "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
	"os.system in protocol 0":  "cos\nsystem\n(S'id'\ntR.",
	"eval":                     "cbuiltins\neval\n(S'1'\ntR.",
	"INST":                     "(S'id'\nios\nsystem\n.",
	"PERSID":                   "Pfoo\n.",
	"EXT1":                     "\x82\x01.",
	"NEXT_BUFFER":              "\x97.",
	"NEWOBJ_EX":                "\x92.",
	"a million MARKs":          strings.Repeat("(", 1<<20),
	"a million lists":          strings.Repeat("]", 1<<20) + strings.Repeat("a", 1<<20-1) + ".",
	"a million dicts":          "(" + strings.Repeat("}", 1<<20),
	"a string of 4 EiB":        "\x8d" + le(8, 1<<62),
	"a string of 4 GiB":        "X" + le(4, 1<<32-1),
	"bytes of 4 GiB":           "B" + le(4, 1<<32-1),
	"bytes of 1 TiB":           "\x8e" + le(8, 1<<40),
	"a bytearray of 1 TiB":     "\x96" + le(8, 1<<40),
	"a frame of 8 EiB":         "\x95" + le(8, 1<<63) + "(",
	"PUT 2^31":                 "]r" + le(4, 1<<31) + ".",
	"PUT 10^20":                "]p99999999999999999999\n.",
	"PUT -1":                   "]p-1\n.",
	"GET of nothing":           "g7\n.",
	"an integer of -1 bytes":   "\x8b" + le(4, 1<<32-1) + ".",
	"an integer of 2 GiB":      "\x8b" + le(4, 1<<31-1) + "\x01\x02",
	"a million digits":         "L" + strings.Repeat("9", 1<<20) + "L\n.",
	"a list in itself":         "]\x94h\x00a.",
	"a dict in itself":         "}\x94\x8c\x01ah\x00s.",
	"memoized a million times": "]" + strings.Repeat("\x94", 4<<20),
	"a million strings":        "]" + strings.Repeat("\x8c\x01x\x94", 1<<20),
	"a million duplicates":     "]" + strings.Repeat("2", 1<<20),
	"tuples of tuples":         ")" + strings.Repeat("2\x86", 1<<20) + ".",
	"tuples of tuples by GET":  ")" + strings.Repeat("\x94h\x00\x86", 1<<20) + ".",
	"an array of 2^60 items": "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR(K\x01(J\x00\x00\x00\x40J\x00\x00\x00\x40t" +
		"cnumpy\ndtype\n(\x8c\x02f8\x89\x88tR(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89C\x00tb.",
	"protocol 255":        "\x80\xff].",
	"nothing":             "",
	"STOP":                ".",
	"POP of nothing":      "0.",
	"TUPLE of nothing":    "((((ttttt.",
	"BUILD of None":       "NNb.",
	"APPEND to None":      "NNa.",
	"a row in no list":    "}\x8c\x09iterationK\x01s.",
	"rows in two lists":   "](}\x8c\x09iterationK\x01\x8c\x04lossK\x01\x8c\x04timeK\x01ue0](}e.",
	"a row without state": "(\x8c\x12dacapo.experiments\x8c\x16TrainingIterationStats\x93)\x81t.",
}

// TestHostile shows that each is an error, and takes memory in proportion to
// the input, whatever size is claimed.
func TestHostile(t *testing.T) {
	for name, input := range hostile {
		for path, d := range decoders(trainingLayout) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := d.Decode(strings.NewReader(input), 1<<40)
			runtime.ReadMemStats(&after)
			if _, ok := errors.AsType[*SyntaxError](err); !ok {
				t.Errorf("%s (%s): error is %v", name, path, err)
			}
			limit := uint64(1<<20 + 100*len(input))
			if got := after.TotalAlloc - before.TotalAlloc; got > limit {
				t.Errorf("%s (%s): %d bytes were allocated for %d", name, path, got, len(input))
			}
		}
	}
}

// TestRowsThatReferBack shows what the fast paths cannot take, and the machine
// has to read again: a row that stands in the list twice, far apart.
func TestRowsThatReferBack(t *testing.T) {
	t.Parallel()
	data := encoded(t, 10)
	twice := append(bytes.Clone(data[:len(data)-2]), "h\x01e."...) // the first dict has the number 1
	table, err := checkSame(t, decoders(trainingLayout), twice)
	if err != nil || table.Rows != 11 || table.Ints[0][10] != 0 {
		t.Errorf("%d rows, %v", table.Rows, err)
	}
}
