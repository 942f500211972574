package pickle

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"statsmirror/store/pickle/internal/template"
)

// doubleOf returns BINFLOAT of a number.
func doubleOf(v float64) string {
	return "G" + string(binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
}

// many returns n rows made by row.
func many(n int, row func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(row(i))
	}
	return b.String()
}

// scoredAt returns a row of scores up to the scores.
func scoredAt(i int) string {
	return "}(" + text("iteration") + "K" + string(rune(i)) + text("scores")
}

// almost are rows that a template could mistake for its own.
var almost = map[string]struct {
	layout Layout
	data   string
	rows   int // -1 for an error
}{
	"scores that go on with APPEND": {validationLayout, "\x80\x04](" + many(8, func(i int) string {
		return scoredAt(i) + "]]]" + doubleOf(float64(i)) + "aaa]au"
	}) + "e.", 8},
	"scores that go on with another batch": {validationLayout, "\x80\x04](" + many(8, func(i int) string {
		return scoredAt(i) + "](](](" + doubleOf(float64(i)) + "eee(]eu"
	}) + "e.", 8},
	"a dict that is taken again": {trainingLayout, "\x80\x04](}(" + text("iteration") + "K\x01" + text("loss") + doubleOf(1) + text("time") + doubleOf(2) +
		"\x95" + le(8, 1) + "u" + many(8, func(i int) string {
		return "K" + string(rune(i)) + "0" + doubleOf(3) + "0" + doubleOf(4) + "02(u"
	}) + "e.", 9},
	"a row that takes the place of another": {trainingLayout, "\x80\x04](" + trained + trained + many(8, func(i int) string {
		return "0(" + text("iteration") + "K" + string(rune(i)) + text("loss") + doubleOf(1) + text("time") + doubleOf(2) + "d" +
			"}(" + text("iteration") + "K" + string(rune(i)) + text("loss") + doubleOf(3) + text("time") + doubleOf(4) + "u"
	}) + "e.", 10},
	"rows in the scores of a row": {validationLayout, globalOf("dacapo.experiments.validation_scores", "ValidationScores") + ")\x81}(" + text("scores") + "](" +
		many(8, func(i int) string { return scoredAt(i) + "]]]" + doubleOf(1) + "aaau" }) +
		scoredAt(9) + "](" + many(8, func(i int) string { return scoredAt(i) + "]]]" + doubleOf(1) + "aaau" }) + "eu" + "eub.", -1},
}

// TestTemplatesTakeWhatTheMachineWould decodes rows that almost match a template.
func TestTemplatesTakeWhatTheMachineWould(t *testing.T) {
	t.Parallel()
	for name, c := range almost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, err := checkSame(t, decoders(c.layout), []byte(c.data))
			if (err != nil) != (c.rows < 0) || err == nil && table.Rows != c.rows {
				t.Errorf("%d rows, %v", table.Rows, err)
			}
		})
	}
}

// TestScoresThatAreMemoizedInTwoWays learns a template of rows with MEMOIZE. It then matches a row
// that puts a list under an explicit number.
func TestScoresThatAreMemoizedInTwoWays(t *testing.T) {
	t.Parallel()
	row := func(memoize string) string {
		return "}\x94(" + text("iteration") + "K\x01" + text("scores") + "]" + memoize + "]\x94]\x94" + doubleOf(1) + "aaau"
	}
	found := learned(t, validationLayout, []byte("\x80\x04]\x94("+strings.Repeat(row("\x94"), 8)+"e."))
	if found == nil || !found.Lists() {
		t.Fatal("no template was learned")
	}
	for memoize, want := range map[string]bool{"\x94": true, "": true, "q\x07": false} {
		var room template.Columns
		table := newTable(len(validationLayout.Columns))
		table.columns(validationLayout.Columns, &room)
		n, _, _ := found.Decode([]byte(row(memoize)+strings.Repeat(".", 2*found.Need())), &room, 1, 7, false)
		if (n == 1) != want {
			t.Errorf("with %q %d rows match", memoize, n)
		}
	}
}
