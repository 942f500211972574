package pickle

import (
	"math"

	"statsmirror/store/column"
)

// lists reads the scores of a row, if they are lists of lists of lists of doubles of
// which none is empty or fetched from the memo.
type lists struct {
	rest []byte // of the window
	next int    // the number of the next object that is memoized
	puts bool   // it is known, and may be in the input
	to   *column.Nested

	frameEnd int64 // how far the frames in it go, from the end of the window's buffer on
}

// list reads a list that is level lists deep, and all that is in it. Where it is another
// one than such, what was added by then stays.
func (l *lists) list(level int) bool {
	if !l.skip(opEmptyList) || !l.memoize() {
		return false
	}
	if level == 0 {
		l.to.BeginRow()
	} else {
		beginList(l.to, level-1)
	}
	if !l.skip(opMark) {
		return l.items(level, 1) && l.skip(opAppend)
	}
	for {
		for !l.skip(opAppends) {
			if !l.items(level, math.MaxInt) {
				return false
			}
		}
		if !l.skip(opMark) { // another batch
			return true
		}
	}
}

// items reads an item or more of a list that is level lists deep.
func (l *lists) items(level, most int) bool {
	if level < depth-1 {
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

// doubles reads doubles as long as there are such and there is room, and returns how many.
func (l *lists) doubles(to []float64) (n int) {
	b := l.rest
	for n < len(to) && len(b) > 9 && b[0] == opBinFloat {
		to[n] = bigEndianDouble(b[1:])
		b = b[9:]
		n++
	}
	l.rest = b
	return n
}

// memoize skips that a list is memoized, if it is.
func (l *lists) memoize() bool {
	if l.skip(opMemoize) {
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
	if len(l.rest) < 9 || l.rest[0] != opFrame {
		return false
	}
	length := l.rest[1:9]
	l.rest = l.rest[9:]
	l.frameEnd = max(l.frameEnd, frameEnd(-int64(cap(l.rest)), length))
	return true
}

// learnLists notes that the scores of the row that is being learned begin with the
// EMPTY_LIST that is being executed, if they do.
func (m *machine) learnLists() uint8 {
	l := lists{rest: m.buf[m.pos-1 : m.end], next: m.count, puts: true, to: &column.Nested{}}
	if !l.list(0) {
		return 0
	}
	size := m.end - m.pos + 1 - len(l.rest)
	number := m.fast.holeAt(holeLists, m.at, size)
	if number > 0 {
		m.fast.holes[number-1].memoized = l.next - m.count
		m.fast.within = m.at + int64(size)
	}
	return number
}
