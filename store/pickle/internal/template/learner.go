package template

import "math"

// Learner makes the template of a row while the machine decodes it. The machine notes where the
// numbers of the row stand, and marks parts that other rows lack. Holes are numbered from 1 in the
// order of the row; 0 means no hole.
type Learner struct {
	On      bool  // a row is being learned
	spoiled bool  // the row has a shape that other rows lack
	start   int64 // of the row
	within  int64 // the end of the last hole of lists; the opcodes in it do not count
	holes   []hole
}

const maxHoles = 32

// Begin starts with the row at an offset of the input.
func (l *Learner) Begin(offset int64) {
	*l = Learner{On: true, start: offset, holes: l.holes[:0]}
}

// End ends the row, and reports whether others may have its shape.
func (l *Learner) End() bool {
	l.On = false
	return !l.spoiled
}

// Spoil marks that the row has a part that others lack.
func (l *Learner) Spoil() { l.spoiled = true }

// SpoilAt is Spoil for a part at an offset of the input.
func (l *Learner) SpoilAt(offset int64) {
	if offset >= l.within {
		l.spoiled = true
	}
}

// Note notes a hole and returns its number; 0 if it cannot be one.
func (l *Learner) Note(k Kind, offset int64, size int) uint8 {
	if !l.On || k == None || len(l.holes) >= maxHoles || offset < l.within {
		return 0
	}
	l.holes = append(l.holes, hole{kind: k, offset: offset, size: size})
	return uint8(len(l.holes))
}

// NoteBytes is Note for the content of a bytes object, which may be a number.
func (l *Learner) NoteBytes(offset int64, size int) uint8 {
	switch size {
	case 8:
		return l.Note(raw8, offset, size)
	case 4:
		return l.Note(raw4, offset, size)
	}
	return 0
}

// NoteLists is Note for the list at the start of b, if it holds lists of lists of doubles. The next
// memoized object gets the number next. ok is false if no row is being learned, or if the list is
// inside lists that have a hole.
func (l *Learner) NoteLists(b []byte, offset int64, next int) (number uint8, ok bool) {
	if !l.On || offset < l.within {
		return 0, false
	}
	size, memoized := measureLists(b, next)
	if size == 0 {
		return 0, true
	}
	if number = l.Note(Lists, offset, size); number > 0 {
		l.holes[number-1].memoized = memoized
		l.within = offset + int64(size)
	}
	return number, true
}

// Number records that the bytes of a hole are a floating-point number, the lowest byte first. It
// returns the number of the hole; 0 if it cannot be one.
func (l *Learner) Number(number uint8, size int) uint8 {
	switch k := l.kind(number); {
	case k == raw8 && size == 8:
		return l.become(number, le8)
	case k == raw4 && size == 4:
		return l.become(number, le4)
	case k == text8 && size == 8:
		return l.become(number, latin8)
	case k == text4 && size == 4:
		return l.become(number, latin4)
	}
	return 0
}

// Bytes records that the text of a hole stands for size bytes. It returns the number of the hole; 0
// if it cannot be one.
func (l *Learner) Bytes(number uint8, size int) uint8 {
	switch k := l.kind(number); {
	case k == Text && size == 8:
		return l.become(number, text8)
	case k == Text && size == 4:
		return l.become(number, text4)
	}
	return 0
}

// kind returns the kind of a hole; None for a hole of another row, which a value may come from.
func (l *Learner) kind(number uint8) Kind {
	if !l.On {
		return None
	}
	return l.noted(number)
}

func (l *Learner) noted(number uint8) Kind {
	if number == 0 || int(number) > len(l.holes) {
		return None
	}
	return l.holes[number-1].kind
}

func (l *Learner) become(number uint8, k Kind) uint8 {
	l.holes[number-1].kind = k
	return number
}

// Holds returns the content of a hole: Int, Double or Lists, else None.
func (l *Learner) Holds(number uint8) Kind {
	switch k := l.noted(number); k {
	case Int, Lists, Double:
		return k
	case le8, le4, latin8, latin4:
		return Double
	}
	return None
}

// Compile makes a template of the row. raw are its bytes, and memoized is how many objects they
// memoize. columns maps the number of a hole to its column. Holes without a column become literal
// bytes. The template is nil if other rows will not have this shape.
func (l *Learner) Compile(raw []byte, memoized int, columns map[uint8]int) *Template {
	t := &Template{First: raw[0], memoized: memoized, lists: -1, limit: math.MaxInt}
	var s segmentBuilder
	from, puts := 0, 0
	for i, h := range l.holes {
		column, ok := columns[uint8(i+1)]
		switch {
		case h.kind == Put:
			puts++
			t.limit = min(t.limit, 1<<(8*(h.size-1)))
		case h.kind == Text:
			return nil // because other rows may fetch them
		case !ok:
			continue
		case h.kind == Lists && t.lists >= 0:
			return nil
		case h.kind == Lists:
			t.lists = column
			t.memoized -= h.memoized
		}
		delete(columns, uint8(i+1))
		at := int(h.offset - l.start)
		t.literal(&s, raw[from:at])
		from = at + h.size
		if !s.add(h, raw[at], column) {
			t.add(&s, h, column)
			s = segmentBuilder{}
		}
	}
	if t.puts = puts > 0; len(columns) > 0 || t.puts && puts < t.memoized {
		return nil
	}
	t.literal(&s, raw[from:])
	t.add(&s, hole{}, 0)
	if t.longest > maxRowSize+maxLists {
		return nil
	}
	t.fixed = newFixed(t)
	return t
}
