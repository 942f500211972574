package pickle

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"statsmirror/store/pickle/internal/heap"
)

// accepted are rows of training stats that Python reads. Keys outside the layout have values that
// this package does not read.
var accepted = map[string]string{
	"an unknown class":            globalOf("pathlib", "PurePosixPath"),
	"a datetime":                  globalOf("datetime", "datetime") + "C\x0a0123456789\x85R",
	"what os.system would return": system + text("id") + "\x85R",
	"a function's function":       globalOf("operator", "attrgetter") + text("x") + "\x85R)R",
	"an instance with a state":    globalOf("a", "B") + ")\x81}" + text("x") + "K\x01sb",
	"an instance by keywords":     globalOf("a", "B") + ")}\x92",
	"an instance by INST":         "(K\x01ia\nB\n",
	"an instance by OBJ":          "(" + globalOf("a", "B") + "K\x01o",
	"a subclass of list":          globalOf("a", "L") + ")\x81(K\x01K\x02e",
	"a subclass of dict":          globalOf("a", "D") + ")\x81(" + text("k") + "K\x02u",
	"a set":                       "\x8f(K\x01K\x02\x90",
	"a frozenset":                 "(K\x01K\x02\x91",
	"dicts in a list":             "](}" + text("k") + "K\x01s}e",
	"rows in a list":              "](" + trained + trained + "e",
	"rows in a list in a list":    "](](" + trained + "ee",
	"a large string":              "X" + le(4, maxText+1) + strings.Repeat("x", maxText+1),
	"large bytes":                 "B" + le(4, heap.MaxBytes+1) + strings.Repeat("x", heap.MaxBytes+1),
	"an array of objects":         arrayOf("O8", "K\x02", "C", "]"),
	"a scalar that is a date":     globalOf("numpy.core.multiarray", "scalar") + "(" + dtypeOf + "(" + text("M8") + "\x89\x88tR" + bytesOf(8) + "tR",
	"an array of four dimensions": arrayOf("f8", "K\x01K\x02K\x01K\x01", "C", bytesOf(16)),
	"a class with a state":        globalOf("a", "B") + "}b",
}

// TestValuesOfOtherKeysAreSkipped reads such rows, few and many.
func TestValuesOfOtherKeysAreSkipped(t *testing.T) {
	t.Parallel()
	for name, extra := range accepted {
		rows := 40
		if len(extra) > maxText {
			rows = 2
		}
		row := trained + text("extra") + extra + "s"
		table, err := checkSame(t, decoders(trainingLayout), []byte("\x80\x04]("+strings.Repeat(row, rows)+"e."))
		if err != nil || table.Rows != rows {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, key := range []string{"K\x07", "N", "K\x01K\x02\x86", system} {
		row := trained + key + "Ns"
		if table, err := checkSame(t, decoders(trainingLayout), []byte("]("+strings.Repeat(row, 40)+"e.")); err != nil || table.Rows != 40 {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

// orderedDict returns an OrderedDict: an unknown class whose items make it a row.
func orderedDict(items string) string {
	return globalOf("collections", "OrderedDict") + ")R(" + items + "u"
}

func TestDictsOfOtherClassesAreRows(t *testing.T) {
	t.Parallel()
	items := text("iteration") + "K\x05" + text("loss") + doubleOf(2) + text("time") + "K\x03"
	for name, row := range map[string]string{
		"OrderedDict":               orderedDict(items),
		"defaultdict":               globalOf("collections", "defaultdict") + globalOf("builtins", "float") + "\x85R(" + items + "u",
		"subclass":                  globalOf("my", "Row") + ")\x81(" + items + "u}" + text("colour") + "K\x01sb",
		"subclass in protocol 0":    globalOf("copy_reg", "_reconstructor") + "(" + globalOf("my", "Row") + globalOf("__builtin__", "dict") + "(" + items + "dtR",
		"LIST, and dicts in a dict": "}(" + items + text("more") + "(}}l" + "u",
	} {
		for _, n := range []int{1, 30} {
			table, err := checkSame(t, decoders(trainingLayout), []byte("]("+strings.Repeat(row, n)+"e."))
			if err != nil || table.Rows != n || table.Ints[0].At(n-1) != 5 || table.Floats[1].Values.At(0) != 2 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestUnsupportedValueIsNamed shows that a value which a column cannot hold is named, and not
// reported as damage.
func TestUnsupportedValueIsNamed(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		globalOf("decimal", "Decimal") + text("1") + "\x85R": `unsupported: a value of "decimal.Decimal"`,
		globalOf("decimal", "Decimal"):                       `unsupported: the class or function "decimal.Decimal" as a value`,
		text("1"):                                            "unsupported: str where a number should be",
		arrayOf("M8", "", "C", bytesOf(8)):                   `unsupported: an array of "numpy.dtype M8"`,
		arrayOf("f8", "K\x02", "C", bytesOf(16)):             "unsupported: an array of 2 items where a number should be",
	} {
		data := "](}(" + text("iteration") + "K\x01" + text("loss") + value + text("time") + "Nue."
		_, err := checkSame(t, decoders(trainingLayout), []byte(data))
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, damage := range []string{"](" + trained, "](" + trained + "e", "\x00", "K", "0.", "}(Nu.", "j" + le(4, 9)} {
		if _, err := checkSame(t, decoders(trainingLayout), []byte(damage)); err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", damage, err)
		}
	}
}

// TestArraysOfOneItemAreNumbers reads arrays of one item wherever a number can stand.
func TestArraysOfOneItemAreNumbers(t *testing.T) {
	t.Parallel()
	eight := "B" + le(4, 8) + le(8, math.Float64bits(1.5))
	for _, shape := range []string{"", "K\x01", "K\x01K\x01", "K\x01K\x01K\x01K\x01"} {
		array := arrayOf("f8", shape, "C", eight)
		table, err := checkSame(t, decoders(trainingLayout), []byte("](}("+text("iteration")+"K\x01"+text("loss")+array+text("time")+"Nue."))
		if err != nil || table.Floats[1].Values.At(0) != 1.5 {
			t.Errorf("loss: %v", err)
		}
		table, err = checkSame(t, decoders(validationLayout), []byte("]("+scored+"](](]("+array+"eeeue."))
		if err != nil || table.Nested[1].Values.Values.At(0) != 1.5 {
			t.Errorf("scores: %v", err)
		}
	}
}

// TestArrayThatFailsAfterItsRow saves no row of an array whose bytes do not fit its shape, although
// the row was complete before the error.
func TestArrayThatFailsAfterItsRow(t *testing.T) {
	t.Parallel()
	array := globalOf("numpy.core.multiarray", "_reconstruct") + "(" + ndarray + "(K\x00tC\x01btRq\x00"
	state := "(K\x01K\x01\x85" + dtypeOf + "(" + text("f8") + "\x89\x88tR\x89C\x04wxyzt"
	row := "}(" + text("iteration") + "K\x01" + text("loss") + array + text("time") + "Nu"
	table, err := checkSame(t, decoders(trainingLayout), []byte("]("+row+"h\x00"+state+"b"))
	if err == nil || !strings.Contains(err.Error(), "an array of 8 bytes has 4") || table.Rows > 0 {
		t.Errorf("%d rows, %v", table.Rows, err)
	}
}

func TestNamesOfRunsThatAreNotText(t *testing.T) {
	t.Parallel()
	for value, notText := range map[string]bool{"K\x05": true, system: true, "]": true, "N": false, text("r"): false} {
		row := "}(" + text("iteration") + "K\x01" + text("loss") + "N" + text("time") + "N" + text("run_name") + value + "u"
		table, err := checkSame(t, decoders(trainingLayout), []byte("]("+strings.Repeat(row, 30)+"e."))
		if err != nil || table.Rows != 30 || table.NotText != notText {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// farRows returns rows that share one object, memoized with the first row. There are so many
// batches that the machine has forgotten it.
func farRows(common string, rows int) string {
	var b strings.Builder
	b.WriteString("\x80\x04]\x94")
	for i := range rows {
		if i%1000 == 0 {
			b.WriteString(strings.Repeat("e", min(i, 1)) + "(")
		}
		value := "](](](" + doubleOf(float64(i)) + "\x94eee"
		switch {
		case i == 0:
			value = common + "r" + le(4, 1<<20)
		case i%500 == 0:
			value = "j" + le(4, 1<<20)
		}
		fmt.Fprintf(&b, "}\x94(%sJ%s%s%su", text("iteration")+"\x94", le(4, uint64(i)), text("scores")+"\x94", value)
	}
	return b.String() + "e."
}

// TestObjectsThatBatchesHaveInCommon reads rows that refer to an object of a much earlier batch.
func TestObjectsThatBatchesHaveInCommon(t *testing.T) {
	t.Parallel()
	const rows = 8_000
	for name, common := range map[string]string{
		"lists":              "](](](" + doubleOf(7) + "eee",
		"tuples and numbers": doubleOf(7) + "\x85\x85\x85",
		"an array":           arrayOf("f8", "K\x01K\x01K\x01", "C", "B"+le(4, 8)+le(8, math.Float64bits(7))),
	} {
		table, err := checkSame(t, decoders(validationLayout), []byte(farRows(common, rows)))
		if err != nil || table.Rows != rows {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := checkSame(t, decoders(validationLayout), []byte(farRows(arrayOf("f8", "J"+le(4, 1<<20)+"K\x01K\x01", "C", bytesOf(8<<20)), rows))); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("8 MiB: %v", err)
	}
}
