// Package opcode names the opcodes of pickles.
package opcode

import (
	"encoding/binary"
	"fmt"
)

// Opcodes of the grammar, with the names they have in Python's pickletools.
const (
	Mark            = '('
	EmptyTuple      = ')'
	Stop            = '.'
	Pop             = '0'
	PopMark         = '1'
	Dup             = '2'
	BinBytes        = 'B'
	ShortBinBytes   = 'C'
	Float           = 'F'
	BinFloat        = 'G'
	Int             = 'I'
	BinInt          = 'J'
	BinInt1         = 'K'
	Long            = 'L'
	BinInt2         = 'M'
	None            = 'N'
	Reduce          = 'R'
	String          = 'S'
	BinString       = 'T'
	ShortBinString  = 'U'
	Unicode         = 'V'
	BinUnicode      = 'X'
	EmptyList       = ']'
	Append          = 'a'
	Build           = 'b'
	Global          = 'c'
	Dict            = 'd'
	Appends         = 'e'
	Get             = 'g'
	BinGet          = 'h'
	LongBinGet      = 'j'
	List            = 'l'
	Put             = 'p'
	BinPut          = 'q'
	LongBinPut      = 'r'
	SetItem         = 's'
	Tuple           = 't'
	SetItems        = 'u'
	EmptyDict       = '}'
	Proto           = 0x80
	NewObj          = 0x81
	Tuple1          = 0x85
	Tuple2          = 0x86
	Tuple3          = 0x87
	NewTrue         = 0x88
	NewFalse        = 0x89
	Long1           = 0x8a
	Long4           = 0x8b
	ShortBinUnicode = 0x8c
	BinUnicode8     = 0x8d
	BinBytes8       = 0x8e
	EmptySet        = 0x8f
	StackGlobal     = 0x93
	Memoize         = 0x94
	Frame           = 0x95
	ByteArray8      = 0x96
	Inst            = 'i'
	Obj             = 'o'
	AddItems        = 0x90
	FrozenSet       = 0x91
	NewObjEx        = 0x92
)

var names = [256]string{
	Mark: "MARK", EmptyTuple: "EMPTY_TUPLE", Stop: "STOP", Pop: "POP", PopMark: "POP_MARK", Dup: "DUP",
	BinBytes: "BINBYTES", ShortBinBytes: "SHORT_BINBYTES", Float: "FLOAT", BinFloat: "BINFLOAT",
	Int: "INT", BinInt: "BININT", BinInt1: "BININT1", Long: "LONG", BinInt2: "BININT2", None: "NONE",
	Reduce: "REDUCE", String: "STRING", BinString: "BINSTRING", ShortBinString: "SHORT_BINSTRING",
	Unicode: "UNICODE", BinUnicode: "BINUNICODE", EmptyList: "EMPTY_LIST", Append: "APPEND", Build: "BUILD",
	Global: "GLOBAL", Dict: "DICT", Appends: "APPENDS", Get: "GET", BinGet: "BINGET",
	LongBinGet: "LONG_BINGET", List: "LIST", Put: "PUT", BinPut: "BINPUT", LongBinPut: "LONG_BINPUT",
	SetItem: "SETITEM", Tuple: "TUPLE", SetItems: "SETITEMS", EmptyDict: "EMPTY_DICT", Proto: "PROTO",
	NewObj: "NEWOBJ", Tuple1: "TUPLE1", Tuple2: "TUPLE2", Tuple3: "TUPLE3", NewTrue: "NEWTRUE",
	NewFalse: "NEWFALSE", Long1: "LONG1", Long4: "LONG4", ShortBinUnicode: "SHORT_BINUNICODE",
	BinUnicode8: "BINUNICODE8", BinBytes8: "BINBYTES8", EmptySet: "EMPTY_SET", StackGlobal: "STACK_GLOBAL",
	Memoize: "MEMOIZE", Frame: "FRAME", ByteArray8: "BYTEARRAY8", Inst: "INST", Obj: "OBJ",
	AddItems: "ADDITEMS", FrozenSet: "FROZENSET", NewObjEx: "NEWOBJ_EX",

	// Not in the grammar, but named in errors.
	'P': "PERSID", 'Q': "BINPERSID", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
}

// Batch is the highest number of items that CPython puts between a MARK and the opcode that ends
// it.
const Batch = 1000

// Name returns the name of an opcode, or its number if it has none.
func Name(op byte) string {
	if name := names[op]; name != "" {
		return name
	}
	return fmt.Sprintf("0x%02x", op)
}

// Exists reports whether Python has such an opcode.
func Exists(op byte) bool { return names[op] != "" }

// IntSize returns how many bytes follow BININT1, BININT2 and BININT.
func IntSize(op byte) int {
	switch op {
	case BinInt1:
		return 1
	case BinInt2:
		return 2
	}
	return 4
}

// FrameEnd returns the end of the frame that begins at an offset. length is its length in eight
// bytes.
func FrameEnd(offset int64, length []byte) int64 {
	return offset + int64(min(binary.LittleEndian.Uint64(length), 1<<62))
}
