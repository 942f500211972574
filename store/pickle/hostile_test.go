package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// le returns v in n bytes, the lowest first.
func le(n int, v uint64) string {
	return string(binary.LittleEndian.AppendUint64(nil, v)[:n])
}

// text returns a short string as a pickle writes it.
func text(s string) string { return "\x8c" + le(1, uint64(len(s))) + s }

// globalOf returns GLOBAL.
func globalOf(module, name string) string { return "c" + module + "\n" + name + "\n" }

// An attack is an input and its right result. The input asks for more than a stats file does, or
// for something that no stats file needs.
type attack struct {
	input string
	gives string // part of the error; "" for none
	rows  int    // rows read, if there is no error

	copies bool // its objects are copied as they grow, up to the limit
}

const (
	million = 1 << 20

	noSystem = `unsupported: a value of "os.system"`
	noOpcode = "this opcode refers outside the pickle"
	tooMany  = "too many references to earlier values"
	tooLarge = "bytes of objects in a batch of rows"
	cut      = "ends in the middle"
)

var (
	system  = globalOf("os", "system")
	ndarray = globalOf("numpy", "ndarray")
	dtypeOf = globalOf("numpy", "dtype")
	class   = globalOf("dacapo.experiments", "TrainingIterationStats")
	// trained is a row of training stats. scored is a row of validation scores up to its scores.
	trained = "}(" + text("iteration") + "K\x01" + text("loss") + "N" + text("time") + "Nu"
	scored  = "}(" + text("iteration") + "K\x01" + text("scores")
)

// execution asks the decoder to execute something.
var execution = map[string]attack{
	"GLOBAL and REDUCE":             {input: system + text("id") + "\x85R.", gives: noSystem},
	"GLOBAL and REDUCE, protocol 0": {input: system + "(S'id'\ntR.", gives: noSystem},
	"STACK_GLOBAL and REDUCE":       {input: "\x80\x04" + text("os") + text("system") + "\x93" + text("id") + "\x85R.", gives: noSystem},
	"STACK_GLOBAL from the memo":    {input: text("os") + "\x94" + text("system") + "\x9400h\x00h\x01\x93.", gives: `the class or function "os.system" as a value`},
	"STACK_GLOBAL of a dotted name": {input: text("dacapo.experiments") + text("TrainingIterationStats.__class__") + "\x93.", gives: `"dacapo.experiments.TrainingIterationStats.__class__" as a value`},
	"STACK_GLOBAL of no strings":    {input: "K\x01K\x02\x93.", gives: "the name of a class is not a string"},
	"INST":                          {input: "(S'id'\nios\nsystem\n.", gives: noSystem},
	"OBJ":                           {input: "(" + dtypeOf + "S'f8'\no.", gives: `a value of "numpy.dtype"`},
	"OBJ of os.system":              {input: "(" + system + "S'id'\no.", gives: noSystem},
	"NEWOBJ":                        {input: system + "(S'id'\nt\x81.", gives: noSystem},
	"NEWOBJ of a known global":      {input: dtypeOf + ")\x81.", gives: `a value of "numpy.dtype"`},
	"NEWOBJ with arguments":         {input: class + "(S'id'\nt\x81.", gives: `a value of "a row made with arguments"`},
	"NEWOBJ_EX":                     {input: class + ")}\x92.", gives: `a value of "a row made with arguments"`},
	"BUILD with __setstate__":       {input: class + ")\x81}(V__setstate__\n" + system + "ub.", gives: "object where a list of rows should be"},
	"BUILD twice":                   {input: class + ")\x81}b}b.", gives: "whose state is not its attributes"},
	"BUILD of None":                 {input: "NNb.", gives: "None where an object with a state should be"},
	"BUILD of a class":              {input: class + "}b.", gives: "class where an object with a state should be"},
	"EXT1":                          {input: "\x82\x01.", gives: noOpcode},
	"EXT2":                          {input: "\x83\x01\x00.", gives: noOpcode},
	"EXT4":                          {input: "\x84\x01\x00\x00\x00.", gives: noOpcode},
	"PERSID":                        {input: "Pfoo\n.", gives: noOpcode},
	"BINPERSID":                     {input: text("foo") + "Q.", gives: noOpcode},
	"NEXT_BUFFER":                   {input: "\x97.", gives: noOpcode},
	"READONLY_BUFFER":               {input: "\x96" + le(8, 1) + "x\x98.", gives: noOpcode},
	"eval":                          {input: globalOf("builtins", "eval") + "(S'1'\ntR.", gives: `a value of "builtins.eval"`},
	"getattr":                       {input: globalOf("builtins", "getattr") + ".", gives: `"builtins.getattr" as a value`},
	"_reconstructor of object":      {input: globalOf("copyreg", "_reconstructor") + "(" + globalOf("builtins", "object") + globalOf("builtins", "object") + "NtR.", gives: `a value of "object"`},
	"_codecs.encode to another one": {input: globalOf("_codecs", "encode") + "(Vx\nVrot13\ntR.", gives: `a value of "_codecs.encode"`},
	"_reconstruct of another class": {input: globalOf("numpy.core.multiarray", "_reconstruct") + "(" + dtypeOf + "(K\x00tC\x01btR.", gives: `a value of "numpy array"`},
	"call of a number":              {input: "K\x01)R.", gives: "int where a class or function should be"},
	"dtype of objects":              {input: dtypeOf + "(VO8\nI00\nI01\ntR.", gives: `a value of "numpy.dtype O8"`},
}

// bombs are small inputs that ask for much.
var bombs = map[string]attack{
	"a million MARKs":            {input: strings.Repeat("(", million), gives: "open MARKs"},
	"a million lists":            {input: strings.Repeat("]", million), gives: "items on the stack"},
	"a million dicts":            {input: "(" + strings.Repeat("}", million), gives: "items on the stack"},
	"a million duplicates":       {input: "]" + strings.Repeat("2", million), gives: "items on the stack"},
	"tuples in tuples":           {input: ")" + strings.Repeat("\x85", million) + ".", gives: tooLarge},
	"pairs of tuples":            {input: ")" + strings.Repeat("2\x86", million) + ".", gives: tooLarge},
	"pairs of tuples by GET":     {input: ")" + strings.Repeat("\x94h\x00\x86", million) + ".", gives: "a batch of rows"},
	"lists in lists":             {input: strings.Repeat("](", 60) + strings.Repeat("e", 60) + ".", gives: "list where a row should be"},
	"dicts in dicts":             {input: strings.Repeat("}N", million), gives: "items on the stack"},
	"memoized a million times":   {input: "]" + strings.Repeat("\x94", 4*million), gives: "objects memoized in a batch of rows"},
	"a million strings":          {input: "(" + strings.Repeat(text("x")+"0", million) + "l.", gives: ""},
	"strings of all kinds":       {input: strings.Repeat("V"+strings.Repeat("x", 1000)+"\n0V\n0", 30_000), gives: tooLarge},
	"strings of a MiB":           {input: strings.Repeat("X"+le(4, million)+strings.Repeat("x", million)+"0", 30), gives: tooLarge},
	"bytes of 10 MiB":            {input: strings.Repeat("B"+le(4, 10*million)+strings.Repeat("x", 10*million)+"0", 3), gives: tooLarge},
	"one string kept for ever":   {input: "Va\nr" + le(4, 1000) + "0Vb\n" + strings.Repeat("q\x00", 4*million) + ".", gives: "str where a list of rows should be"},
	"a list in itself":           {input: "]\x94h\x00a.", gives: "list where a row should be"},
	"a dict in itself":           {input: "}\x94" + text("a") + "h\x00s.", gives: "dict where a list of rows should be"},
	"scores in themselves":       {input: "](" + scored + "]\x94h\x00aue.", gives: "list where a number should be"},
	"a billion shared scores":    {input: "](" + scored + "](](](" + strings.Repeat("N", 1000) + "eq\x00" + strings.Repeat("h\x00", 999) + "eq\x01" + strings.Repeat("h\x01", 999) + "eue.", gives: tooMany},
	"a row of many keys, shared": {input: "](" + trained + "(" + strings.Repeat(text("k")+"N", 10_000) + "u" + strings.Repeat("2", 100_000) + "e.", gives: tooMany},
	"bytes encoded again":        {input: globalOf("_codecs", "encode") + "q\x00V" + strings.Repeat("x", 16000) + "\nq\x01Vlatin1\nq\x02" + strings.Repeat("h\x00h\x01h\x02\x86R0", 10_000), gives: tooMany},
	"two lists that grow in turn": {
		input: "(]q\x00]q\x01" + strings.Repeat("h\x00Na0h\x01Na0", 5_000), gives: tooLarge, copies: true,
	},
	"a row whose keys come one by one": { // after each, everything before was checked again
		input: "](" + trained + text("k") + "q\x00Ns" + strings.Repeat("h\x00Ns", 250_000) + "e.", rows: 1,
	},
	"a row a million times": {input: "](" + trained + "q\x00" + strings.Repeat("h\x00", 100_000) + "e.", rows: 100_001},
}

// lies are false lengths and counts.
var lies = map[string]attack{
	"a string of 8 EiB":         {input: "\x8d" + le(8, 1<<63), gives: "bytes of str"},
	"a string of 4 EiB":         {input: "\x8d" + le(8, 1<<62), gives: "bytes of str"},
	"a string of 4 GiB":         {input: "X" + le(4, 1<<32-1), gives: "bytes of str"},
	"a Python 2 string of -1":   {input: "T" + le(4, 1<<32-1), gives: "bytes of str"},
	"a string of a MiB, cut":    {input: "X" + le(4, million) + "x", gives: cut},
	"bytes of 4 GiB":            {input: "B" + le(4, 1<<32-1), gives: "bytes of bytes"},
	"bytes of 8 EiB":            {input: "\x8e" + le(8, 1<<63), gives: "bytes of bytes"},
	"bytes of 16 MiB, cut":      {input: "B" + le(4, 16*million) + "x", gives: cut},
	"a bytearray of 8 EiB":      {input: "\x96" + le(8, 1<<63), gives: "bytes of bytes"},
	"a bytearray of 1 TiB":      {input: "\x96" + le(8, 1<<40), gives: "bytes of bytes"},
	"a frame of 8 EiB":          {input: "\x95" + le(8, 1<<63) + "(", gives: cut},
	"a frame that is too long":  {input: "\x80\x04\x95" + le(8, 1<<62) + "](" + trained + "e.", gives: cut},
	"a frame longer by a byte":  {input: "\x80\x04\x95" + le(8, 1+uint64(len("]("+trained+"e."))) + "](" + trained + "e.", gives: cut},
	"a frame with other bytes":  {input: "\x80\x04\x95" + le(8, 1+uint64(len("]("+trained+"e."))) + "](" + trained + "e.x", rows: 1},
	"a frame that is too short": {input: "\x80\x04\x95" + le(8, 1) + "](" + trained + "e.", rows: 1},
	"frames in frames":          {input: "\x80\x04" + strings.Repeat("\x95"+le(8, 9), 1000) + "](" + trained + "\x95" + le(8, 2) + "e.", rows: 1},
	"half a frame":              {input: "\x80\x04\x95\x00", gives: cut},
	"PUT 2^31":                  {input: "]r" + le(4, 1<<31) + ".", gives: "objects in the memo"},
	"PUT 10^20":                 {input: "]p99999999999999999999\n.", gives: "is not a memo number"},
	"PUT -1":                    {input: "]p-1\n.", gives: "is not a memo number"},
	"GET of nothing":            {input: "g7\n.", gives: "refers to an object that does not exist"},
	"GET of the far future":     {input: "j" + le(4, 1<<32-1) + ".", gives: "refers to an object that does not exist"},
	"an integer of -1 bytes":    {input: "\x8b" + le(4, 1<<32-1) + ".", gives: "an integer of -1 bytes"},
	"an integer of -2^31":       {input: "\x8b" + le(4, 1<<31) + ".", gives: "an integer of -2147483648 bytes"},
	"an integer of 2 GiB":       {input: "\x8b" + le(4, 1<<31-1) + "\x01\x02", gives: "bytes of an integer"},
	"an integer of 5000 bytes":  {input: "\x8b" + le(4, 5000) + strings.Repeat("\x01", 5000) + ".", gives: "bytes of an integer"},
	"a million digits":          {input: "L" + strings.Repeat("9", million) + "L\n.", gives: "bytes in a line"},
	"5000 digits":               {input: "I" + strings.Repeat("9", 5000) + "\n.", gives: "digits of an integer"},
	"4000 digits, often":        {input: strings.Repeat("L"+strings.Repeat("9", 4000)+"L\n0", 500) + "].", rows: 0},
	"a float of 16,000 digits":  {input: "F" + strings.Repeat("9", 16_000) + "\n.", gives: "is not a float"},
	"a hexadecimal float":       {input: "F0x1p-2\n.", gives: "is not a float"},
	"protocol 255":              {input: "\x80\xff].", gives: "unsupported: protocol 255"},
	"an iteration past int64":   {input: "](}(" + text("iteration") + "\x8a\x09" + le(8, 0) + "\x01" + text("loss") + "N" + text("time") + "Nue.", gives: "past 64 bits"},
}

// arrayOf returns scores as an array whose shape is given by the opcodes between MARK and TUPLE.
func arrayOf(dtype, shape, order, content string) string {
	return globalOf("numpy.core.numeric", "_frombuffer") + "(" + content +
		dtypeOf + "(" + text(dtype) + "\x89\x88tR(" + shape + "t" + text(order) + "tR"
}

func bytesOf(n int) string { return "B" + le(4, uint64(n)) + strings.Repeat("\x00", n) }

// arrays are numpy arrays with false bytes, shape or type.
var arrays = map[string]attack{
	"of 2^60 items": {input: "](" + scored + arrayOf("f8", "J\x00\x00\x00\x40J\x00\x00\x00\x40K\x01", "C", bytesOf(8)) + "ue.", gives: "wrong shape"},
	"more than its bytes": {
		input: "](" + scored + arrayOf("f8", "K\x02K\x01K\x01", "C", bytesOf(8)) + "ue.", gives: "an array of 16 bytes has 8",
	},
	"less than its bytes": {input: "](" + scored + arrayOf("f8", "K\x01K\x01K\x01", "C", bytesOf(16)) + "ue.", gives: "an array of 8 bytes has 16"},
	"of a negative shape": {input: "](" + scored + arrayOf("f8", "J\xff\xff\xff\xffK\x01K\x01", "C", bytesOf(8)) + "ue.", gives: "wrong shape"},
	"of a shape past int64": {
		input: "](" + scored + arrayOf("f8", "\x8a\x09"+le(8, 0)+"\x01K\x01K\x01", "C", bytesOf(8)) + "ue.", gives: "wrong shape",
	},
	"of a float as a shape":          {input: "](" + scored + arrayOf("f8", "G"+le(8, 0), "C", bytesOf(8)) + "ue.", gives: "wrong shape"},
	"of four dimensions, one of one": {input: "](" + scored + arrayOf("f8", "K\x01K\x01K\x01K\x01", "C", bytesOf(8)) + "ue.", rows: 1},
	"of four dimensions":             {input: "](" + scored + arrayOf("f4", "K\x01K\x01K\x01K\x02", "C", bytesOf(8)) + "ue.", gives: "an array of shape [1 1 1 2], at depth 0"},
	"of two dimensions":              {input: "](" + scored + arrayOf("f8", "K\x01K\x01", "C", bytesOf(8)) + "ue.", gives: "an array of shape [1 1], at depth 0"},
	"of a million empty rows": {
		input: "](" + scored + arrayOf("f8", "J\x00\x00\x00\x01K\x00K\x01", "C", bytesOf(0)) + "ue.", gives: tooMany,
	},
	"of a million empty rows, Fortran's": {
		input: "](" + scored + arrayOf("f8", "J\x00\x00\x00\x01K\x00K\x01", "F", bytesOf(0)) + "ue.", gives: "wrong shape",
	},
	"of empty rows": {
		input: "](" + scored + arrayOf("f8", "J\x00\x00\x00\x01J\x00\x00\x00\x01K\x00", "C", bytesOf(0)) + "ue.", gives: tooMany,
	},
	"of half a million rows": {
		input: "](" + scored + arrayOf("b1", "K\x01J"+le(4, million/2)+"K\x01", "C", bytesOf(million/2)) + "ue.", rows: 1,
	},
	"fetched again and again": {
		input: "](" + scored + "](" + arrayOf("b1", "M\x00\x01M\x00\x01", "C", bytesOf(1<<16)) + "q\x00" + strings.Repeat("h\x00", 10_000) + "eue.", gives: tooMany,
	},
	"without content":   {input: "](" + scored + arrayOf("f8", "K\x01K\x01K\x01", "C", "N") + "ue.", gives: "None where bytes should be"},
	"in another order":  {input: "](" + scored + arrayOf("f8", "K\x01K\x01K\x01", "A", bytesOf(8)) + "ue.", gives: "an array without an order"},
	"of dates":          {input: "](" + scored + arrayOf("M8", "K\x01K\x01K\x01", "C", bytesOf(8)) + "ue.", gives: `an array of "numpy.dtype M8"`},
	"never built":       {input: "](" + scored + globalOf("numpy.core.multiarray", "_reconstruct") + "(" + ndarray + "(K\x00tC\x01btRue.", gives: "an array without items"},
	"a scalar too long": {input: globalOf("numpy.core.multiarray", "scalar") + "(" + dtypeOf + "(" + text("f8") + "\x89\x88tR" + bytesOf(9) + "tR.", gives: "a numpy scalar has 9 bytes, its type 8"},
}

// disorder are opcodes that find something else than they expect.
var disorder = map[string]attack{
	"nothing":             {input: "", gives: cut},
	"a sparse file":       {input: strings.Repeat("\x00", million), gives: "not a pickle opcode"},
	"STOP":                {input: ".", gives: "more or less than one object"},
	"POP of nothing":      {input: "0.", gives: "too few items"},
	"POP_MARK of nothing": {input: "1.", gives: "no MARK"},
	"TUPLE of nothing":    {input: "((((ttttt.", gives: "no MARK"},
	"APPEND to None":      {input: "NNa.", gives: "None where a list should be"},
	"SETITEM of a list":   {input: "]NNs.", gives: "list where a dict should be"},
	"a key without value": {input: "}(Nu.", gives: "a key without a value"},
	"a key that is none":  {input: "](}(NNue.", gives: `a row without "iteration"`},
	"a row in no list":    {input: "}" + text("iteration") + "K\x01s.", gives: "dict where a list of rows should be"},
	"rows in two lists":   {input: "](" + trained + "e0](" + trained + "e.", gives: "the list of rows is not the pickled object"},
	"a row without state": {input: "](" + class + ")\x81e.", gives: "an object without attributes as a row"},
	"rows in a LIST":      {input: "(" + trained + "l.", rows: 1},
}

// A gauge is a reader that measures, between the pieces that it returns, the highest number of live
// bytes.
type gauge struct {
	r           io.ReadSeeker
	piece       int    // bytes to return at once
	live, total uint64 // after the last garbage collection; allocated so far
	most        uint64
}

func newGauge(data string) *gauge {
	g := &gauge{r: strings.NewReader(data), piece: max(512, len(data)/16)}
	g.measure()
	g.most = g.live
	return g
}

func (g *gauge) Read(p []byte) (int, error) {
	g.measure()
	return g.r.Read(p[:min(len(p), g.piece)])
}

func (g *gauge) Seek(offset int64, whence int) (int64, error) { return g.r.Seek(offset, whence) }

// measure counts all memory allocated since the last call as live.
func (g *gauge) measure() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g.most = max(g.most, g.live+m.TotalAlloc-g.total)
	runtime.GC()
	runtime.ReadMemStats(&m)
	g.live, g.total = m.HeapAlloc, m.TotalAlloc
}

// maxAbove is how many bytes decoding may take in addition to the columns it returns.
const maxAbove = 64 << 20

// columnsSize returns the bytes that the rows of a table take.
func columnsSize(t *Table) (size uint64) {
	for i := range t.Ints {
		n := t.Nested[i]
		size += 8*uint64(t.Ints[i].Len()+t.Floats[i].Len()+n.Outer.Len()+n.Middle.Len()+n.Inner.Len()+n.Values.Len()) +
			uint64(t.Floats[i].Null.Len()+n.Null.Len()+n.Values.Null.Len())
	}
	return size
}

// toll is the highest cost of the attacks.
type toll struct {
	attacks int
	above   int64         // bytes of memory above the columns
	perByte time.Duration // of an attack large enough to measure
}

// TestHostile shows the result of each attack. No attack takes more memory than its rows and a
// constant, nor more than in proportion to its size. The last log line shows that the time is in
// proportion too.
func TestHostile(t *testing.T) {
	var worst toll
	for kind, attacks := range map[string]map[string]attack{
		"execution": execution, "bomb": bombs, "lie": lies, "array": arrays, "disorder": disorder,
	} {
		for name, a := range attacks {
			layout := trainingLayout
			if strings.Contains(a.input, "scores") {
				layout = validationLayout
			}
			all := decoders(layout)
			t.Run(kind+"/"+name, func(t *testing.T) { a.check(t, all["fixed"], &worst) })
			if _, err := checkSame(t, all, []byte(a.input)); (err == nil) != (a.gives == "") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	t.Logf("%d attacks, at most %d KiB above the columns and %v a byte", worst.attacks, worst.above>>10, worst.perByte)
}

func (a attack) check(t *testing.T, d *Decoder, worst *toll) {
	g := newGauge(a.input)
	if a.copies {
		g.piece = 256
	}
	before := *g
	table, err := d.Decode(g)
	g.measure()
	syntax, ok := errors.AsType[*SyntaxError](err)
	switch {
	case a.gives == "" && (err != nil || table.Rows != a.rows):
		t.Errorf("%d rows, %v", table.Rows, err)
	case a.gives != "" && !ok:
		t.Errorf("error is %v", err)
	case a.gives != "" && !strings.Contains(syntax.Error(), a.gives):
		t.Errorf("error is %v, want %q in it", err, a.gives)
	}
	above := int64(g.most - before.live - columnsSize(table))
	if above > maxAbove {
		t.Errorf("%d MiB above the columns", above>>20)
	}
	if got, limit := g.total-before.total, uint64(2*million+150*len(a.input)); got > limit && !a.copies {
		t.Errorf("%d bytes were allocated for %d", got, len(a.input))
	}
	worst.attacks++
	worst.above = max(worst.above, above)
	a.timed(d, worst)
}

// timed records the time of the attack.
func (a attack) timed(d *Decoder, worst *toll) {
	began := time.Now()
	_, _ = d.Decode(strings.NewReader(a.input))
	if n := time.Duration(len(a.input)); n >= 1<<16 {
		worst.perByte = max(worst.perByte, time.Since(began)/n)
	}
}

// TestMemoryIsThatOfTheColumns decodes rows of 25 bytes each. However many they are, decoding takes
// at most 4 MiB more, garbage included.
func TestMemoryIsThatOfTheColumns(t *testing.T) {
	for _, rows := range []int{1000, million, 4 * million} {
		g := newGauge(string(encoded(t, rows)))
		base := g.live
		table, err := NewDecoder(trainingLayout).Decode(g)
		g.measure()
		if err != nil || table.Rows != rows {
			t.Fatal(table.Rows, err)
		}
		if above := int64(g.most-base) - 25*int64(rows); above > 4<<20 {
			t.Errorf("%d rows: %d KiB above 25 bytes a row", rows, above>>10)
		}
	}
}

// TestRowsThatReferBack shows rows that the fast paths cannot take and the machine must read again:
// one row stands in the list twice, far apart.
func TestRowsThatReferBack(t *testing.T) {
	t.Parallel()
	data := encoded(t, 10)
	twice := append(bytes.Clone(data[:len(data)-2]), "h\x01e."...) // the first dict has the number 1
	table, err := checkSame(t, decoders(trainingLayout), twice)
	if err != nil || table.Rows != 11 || table.Ints[0].At(10) != 0 {
		t.Errorf("%d rows, %v", table.Rows, err)
	}
}
