package pickle

import (
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

// fast is what the fast paths know. The machine decodes rows itself until one
// has shown its shape: the bytes of that row become a template, literal bytes
// with a hole for each number. Rows that match it become columns without the
// machine. What does not match is the machine's, from the row's first byte on;
// a template that keeps missing is learned anew.
type fast struct {
	off     bool // the machine does it all
	general bool // without the loop for rows of a fixed size

	template *template.Template
	misses   int  // rows in a row that did not match it
	flushed  bool // rows became columns before their batch was complete
	open     int  // the height of the MARK of that batch

	learning bool
	spoiled  bool // what is being learned has no fixed shape
	start    int64
	height   int // of the stack before it
	memo     int // objects memoized before it
	holes    []template.Hole
	within   int64 // where the last hole ends that is lists, whose insides have no part in it
	failures uint  // rows that could not be learned, in a row
	pause    int   // rows to let pass before learning again
}

const (
	maxHoles  = 32
	maxMisses = 16
	maxPause  = 1 << 10
	maxLooked = 64 // keys and values of a row that is looked at again with each of them
)

// pushHole pushes a number, and notes where it stands if a row is being learned.
func (m *machine) pushHole(v value, k template.Kind) error {
	if m.fast.learning {
		v.hole = m.holeHere(k)
	}
	return m.push(v)
}

// holeHere notes a hole that is the opcode being executed and what has been read after it.
func (m *machine) holeHere(k template.Kind) uint8 {
	return m.fast.holeAt(k, m.at, int(m.offset()-m.at))
}

// holeAt notes a hole, and returns its number, 0 if it cannot be one.
func (f *fast) holeAt(k template.Kind, offset int64, size int) uint8 {
	if !f.learning || k == template.None || len(f.holes) >= maxHoles || offset < f.within {
		return 0
	}
	f.holes = append(f.holes, template.Hole{Kind: k, Offset: offset, Size: size})
	return uint8(len(f.holes))
}

// isNumber says that the bytes of a hole are a number of type d.
func (f *fast) isNumber(n uint8, d dtype) uint8 {
	k := f.kind(n)
	switch {
	case d.big || d.class != 'f':
		return 0
	case k == template.Raw8 && d.size == 8:
		return f.become(n, template.LE8)
	case k == template.Raw4 && d.size == 4:
		return f.become(n, template.LE4)
	case k == template.Text8 && d.size == 8:
		return f.become(n, template.Latin8)
	case k == template.Text4 && d.size == 4:
		return f.become(n, template.Latin4)
	}
	return 0
}

// isBytes says that the text of a hole stands for so many bytes.
func (f *fast) isBytes(n uint8, size int) uint8 {
	switch {
	case f.kind(n) != template.Text:
		return 0
	case size == 8:
		return f.become(n, template.Text8)
	case size == 4:
		return f.become(n, template.Text4)
	}
	return 0
}

// kind returns the kind of a hole, none for one of another row, which a value may be from.
func (f *fast) kind(n uint8) template.Kind {
	if n == 0 || !f.learning || int(n) > len(f.holes) {
		return template.None
	}
	return f.holes[n-1].Kind
}

func (f *fast) become(n uint8, k template.Kind) uint8 {
	f.holes[n-1].Kind = k
	return n
}

// spoil says that the row being learned has a part that others will not have.
func (m *machine) spoil() {
	if m.at >= m.fast.within {
		m.fast.spoiled = true
	}
}

// unlearn drops the template too: what it fetches may be another object now.
func (f *fast) unlearn() { f.template, f.spoiled = nil, true }

// memoized says that v was memoized: what rows fetch must be known to the
// machine.
func (f *fast) memoized(v value) {
	if v.kind == kindString && v.hole == 0 || v.kind == kindDtype || v.kind == kindGlobal || v.kind == kindOpaque {
		f.spoiled = true
	}
}

// rowsAhead is called where a row may begin. It lets the template take what it
// can, or begins or ends learning one.
func (m *machine) rowsAhead() error {
	f := &m.fast
	if f.off || !m.atRow() {
		return nil
	}
	if f.learning {
		m.learn()
	}
	if m.crowded() {
		if err := m.flush(); err != nil {
			return err
		}
		m.forgetRows()
	}
	if f.template == nil {
		m.beginLearning()
		return nil
	}
	n, err := m.runTemplate()
	if err != nil {
		return err
	}
	if n > 0 {
		f.misses = 0
	} else if f.misses++; f.misses >= maxMisses {
		f.template, f.misses = nil, 0
	}
	return nil
}

// atRow reports whether the stack is the list of rows, a MARK, and complete
// rows.
func (m *machine) atRow() bool {
	n := len(m.marks)
	if n == 0 || !m.list && len(m.stack) == 1 {
		return false
	}
	at := m.marks[n-1]
	if at == 0 || !m.rowsBelong(at-1) || !m.takesRows(m.stack[at-1]) {
		return false
	}
	var fields [template.MaxColumns]value
	for _, v := range m.stack[max(at, len(m.stack)-2):] { // a dict may still be the state of an object
		state, err := m.state(v)
		if err != nil || state.n > maxLooked || m.fieldsOf(state, &fields) != nil {
			return false
		}
	}
	return true
}

func (m *machine) beginLearning() {
	f := &m.fast
	if f.pause > 0 {
		f.pause--
		return
	}
	f.learning, f.spoiled, f.within = true, false, 0
	f.start, f.height, f.memo, f.holes = m.offset(), len(m.stack), m.count, f.holes[:0]
	m.anchor = m.pos
}

// learn makes a template of the row that was just decoded, if it can.
func (m *machine) learn() {
	f := &m.fast
	f.learning = false
	if f.spoiled || m.anchor < 0 || len(m.stack) != f.height+1 {
		m.learnLater()
		return
	}
	row := m.buf[m.anchor:m.pos]
	m.anchor = -1
	t := m.compile(m.stack[len(m.stack)-1], row)
	if t == nil {
		m.learnLater()
		return
	}
	f.template, f.failures = t, 0
}

func (m *machine) learnLater() {
	f := &m.fast
	m.anchor = -1
	if f.failures++; f.failures > 4 {
		f.pause = min(1<<min(f.failures, 16), maxPause)
	}
}

// flush makes rows of the table from those on the stack, so that others can
// follow.
func (m *machine) flush() error {
	at := m.marks[len(m.marks)-1]
	m.fast.flushed, m.fast.open = true, at
	items := m.stack[at:]
	if len(items) == 0 {
		return nil
	}
	if !m.list {
		c, err := m.container(m.stack[at-1])
		if err != nil {
			return err
		}
		m.startRows(c)
	}
	m.stack = m.stack[:at]
	for _, v := range items {
		if err := m.addRow(v); err != nil {
			return err
		}
	}
	return nil
}

// doubleList takes the rest of a list that is MEMOIZE, MARK, doubles, APPENDS,
// as innermost lists of scores are; in protocols 2 and 3 with BINPUT or LONG_BINPUT.
// It is called after EMPTY_LIST and takes nothing if the list is another one.
func (m *machine) doubleList() bool {
	rest := m.buf[m.pos:m.end]
	if len(rest) < 16 {
		return false
	}
	begin := 1
	if rest[0] != opcode.Memoize {
		var number int
		if number, begin = template.ReadPut(rest); number != m.count {
			return false
		}
	}
	if rest[begin] != opcode.Mark || rest[begin+1] != opcode.BinFloat {
		return false
	}
	begin++
	n := 0
	for begin+9*n < len(rest) && rest[begin+9*n] == opcode.BinFloat {
		n++
	}
	end := begin + 9*n
	if n > batch || end+1 >= len(rest) || rest[end] != opcode.Appends || rest[end+1] == opcode.Mark || rest[end+1] == opcode.BinFloat {
		return false // that it goes on is seen later where a frame stands between
	}
	c := container{start: m.doubles.next(), n: n, floats: true}
	doubles := rest[begin:end]
	added := m.doubles.addMany(n)
	for i := range added {
		added[i] = template.BigEndianDouble(doubles[9*i+1:])
	}
	v := value{kind: kindList, bits: m.containers.add(c)}
	if m.push(v) != nil || m.memo.add(v, &m.heap) != nil {
		return false
	}
	m.pos += end + 1
	return true
}
