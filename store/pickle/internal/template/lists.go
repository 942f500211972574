package template

import (
	"math"

	"statsmirror/store/column"
	"statsmirror/store/pickle/internal/opcode"
)

// lists reads the scores of a row if they are lists of lists of lists of doubles. No list may be
// empty or fetched from the memo.
type lists struct {
	rest []byte // of the input
	next int    // the number of the next memoized object
	puts bool   // the number is known, and may occur in the input
	to   *column.Nested

	frameEnd int64 // end of the frames in it, counted from the end of rest's memory
}

// list reads a list with its items, level lists deep. If it fails, the items added so far stay.
func (l *lists) list(level int) bool {
	if !l.skip(opcode.EmptyList) || !l.memoize() {
		return false
	}
	if level == 0 {
		l.to.BeginRow()
	} else {
		l.to.BeginList(level - 1)
	}
	if !l.skip(opcode.Mark) {
		return l.items(level, 1) && l.skip(opcode.Append)
	}
	for {
		for !l.skip(opcode.Appends) {
			if !l.items(level, math.MaxInt) {
				return false
			}
		}
		if !l.skip(opcode.Mark) { // another batch
			return true
		}
	}
}

// items reads one or more items of a list, level lists deep.
func (l *lists) items(level, most int) bool {
	if level < column.Depth-1 {
		return l.list(level + 1)
	}
	added := 0
	for added < most {
		spare := l.to.Values.Values.Spare()
		n := l.doubles(spare[:min(len(spare), most-added)])
		l.to.Take(n)
		added += n
		if n < len(spare) && !l.skipFrame() {
			break
		}
	}
	return added > 0
}

// doubles reads doubles while there are more and there is room, and returns their number.
func (l *lists) doubles(to []float64) (n int) {
	b := l.rest
	for n < len(to) && len(b) > 9 && b[0] == opcode.BinFloat {
		to[n] = bigEndianDouble(b[1:])
		b = b[9:]
		n++
	}
	l.rest = b
	return n
}

// memoize skips the opcode that memoizes a list, if there is one. It returns false if the number is
// not next.
func (l *lists) memoize() bool {
	if l.skip(opcode.Memoize) {
		l.next++
		return true
	}
	if len(l.rest) < 5 {
		return false
	}
	switch number, size := readPut(l.rest); {
	case number < 0:
		return true
	case l.puts && number == l.next:
		l.next++
		l.rest = l.rest[size:]
		return true
	}
	return false
}

func (l *lists) skip(op byte) bool {
	for l.skipFrame() {
		continue
	}
	if len(l.rest) == 0 || l.rest[0] != op {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

func (l *lists) skipFrame() bool {
	if len(l.rest) < 9 || l.rest[0] != opcode.Frame {
		return false
	}
	length := l.rest[1:9]
	l.rest = l.rest[9:]
	l.frameEnd = max(l.frameEnd, opcode.FrameEnd(-int64(cap(l.rest)), length))
	return true
}

// measureLists returns the size of the lists at the start of b, and how many objects they memoize,
// beginning with the number next. size is 0 if they are not lists of lists of lists of doubles.
func measureLists(b []byte, next int) (size, memoized int) {
	l := lists{rest: b, next: next, puts: true, to: &column.Nested{}}
	if !l.list(0) {
		return 0, 0
	}
	return len(b) - len(l.rest), l.next - next
}

// MeasureDoubles measures the rest of a list after EMPTY_LIST. For MEMOIZE, MARK, doubles, APPENDS,
// as in the innermost lists of scores, it returns the number of doubles and the size in bytes. For
// anything else size is 0. In protocols 2 and 3, BINPUT or LONG_BINPUT of the number next replaces
// MEMOIZE.
func MeasureDoubles(b []byte, next int) (n, size int) {
	if len(b) < 16 {
		return 0, 0
	}
	begin := 1
	if b[0] != opcode.Memoize {
		var number int
		if number, begin = readPut(b); number != next {
			return 0, 0
		}
	}
	if b[begin] != opcode.Mark || b[begin+1] != opcode.BinFloat {
		return 0, 0
	}
	end := begin + 1
	for end < len(b) && b[end] == opcode.BinFloat {
		n++
		end += 9
	}
	if n > opcode.Batch || end+1 >= len(b) || b[end] != opcode.Appends || b[end+1] == opcode.Mark || b[end+1] == opcode.BinFloat {
		return 0, 0 // if a frame hides the rest of the list, the decoder notices later
	}
	return n, end + 1
}

// ReadDoubles reads the doubles that MeasureDoubles measured in b, which ends with APPENDS.
func ReadDoubles(b []byte, to []float64) {
	b = b[len(b)-1-9*len(to):]
	for i := range to {
		to[i] = bigEndianDouble(b[9*i+1:])
	}
}
