package pickle

import (
	"errors"
	"fmt"
)

var objectHandlers = map[byte]func(*machine) error{
	opGlobal:      (*machine).globalLines,
	opStackGlobal: (*machine).stackGlobal,
	opReduce:      (*machine).reduce,
	opNewObj:      (*machine).newObj,
	opBuild:       (*machine).build,
}

// global is what the name of a class or function stands for here.
type global uint8

const (
	globalRow     global = iota // a class of rows
	globalWrapper               // a class whose instances hold the list of rows
	globalObject                // object
	globalReconstructor
	globalEncode
	globalDtype
	globalNdarray
	globalScalar
	globalReconstruct
	globalFromBuffer
)

// globals are the names that stats files use besides the layout's classes, as
// Python 2 and 3 and numpy before and since 2.0 spell them.
var globals = map[[2]string]global{
	{"copy_reg", "_reconstructor"}:             globalReconstructor,
	{"copyreg", "_reconstructor"}:              globalReconstructor,
	{"__builtin__", "object"}:                  globalObject,
	{"builtins", "object"}:                     globalObject,
	{"_codecs", "encode"}:                      globalEncode,
	{"numpy", "dtype"}:                         globalDtype,
	{"numpy", "ndarray"}:                       globalNdarray,
	{"numpy.core.multiarray", "scalar"}:        globalScalar,
	{"numpy._core.multiarray", "scalar"}:       globalScalar,
	{"numpy.core.multiarray", "_reconstruct"}:  globalReconstruct,
	{"numpy._core.multiarray", "_reconstruct"}: globalReconstruct,
	{"numpy.core.numeric", "_frombuffer"}:      globalFromBuffer,
	{"numpy._core.numeric", "_frombuffer"}:     globalFromBuffer,
}

// object is an instance of a class of the layout.
type object struct {
	class global
	state value // a dict; None as long as there is none
}

func (m *machine) globalLines() error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name := string(module) // the next line may move the window
	class, err := m.line()
	if err != nil {
		return err
	}
	return m.pushGlobal(name, string(class))
}

func (m *machine) stackGlobal() error {
	items, err := m.popN(2)
	if err != nil {
		return err
	}
	module, ok := m.string(items[0])
	name, ok2 := m.string(items[1])
	if !ok || !ok2 {
		return errors.New("the name of a class is no string")
	}
	return m.pushGlobal(module, name)
}

func (m *machine) pushGlobal(module, name string) error {
	g, ok := globals[[2]string{module, name}]
	if !ok {
		if g, ok = m.layoutClass(module, name); !ok {
			return fmt.Errorf("the global %.80q %.80q has no place in a stats file", module, name)
		}
	}
	return m.push(value{kind: kindGlobal, bits: uint64(g)})
}

func (m *machine) layoutClass(module, name string) (global, bool) {
	for _, c := range m.layout.Classes {
		if c.matches(module, name) {
			return globalRow, true
		}
	}
	for _, c := range m.layout.Wrappers {
		if c.matches(module, name) {
			return globalWrapper, true
		}
	}
	return 0, false
}

// reduce replaces a global and its arguments by what the global makes of them.
func (m *machine) reduce() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	f, arguments := pair[0], pair[1]
	if f.kind != kindGlobal || arguments.kind != kindTuple {
		return errors.New("a call that stats files do not have")
	}
	args, err := m.items(arguments)
	if err != nil {
		return err
	}
	v, err := m.call(global(f.bits), args)
	if err != nil {
		return err
	}
	return m.push(v)
}

func (m *machine) call(f global, args []value) (value, error) {
	switch {
	case f == globalReconstructor && len(args) == 3 && args[0].kind == kindGlobal && args[1].is(globalObject) && args[2].kind == kindNone:
		return m.instance(global(args[0].bits))
	case f == globalEncode && len(args) == 2:
		return m.encodeLatin1(args[0], args[1])
	case f == globalDtype && len(args) >= 1:
		return m.newDtype(args[0])
	case f == globalScalar && len(args) == 2:
		return m.scalar(args[0], args[1])
	case f == globalReconstruct && len(args) == 3 && args[0].is(globalNdarray):
		return value{kind: kindArray, bits: m.arrays.add(array{})}, nil
	case f == globalFromBuffer && len(args) == 4:
		return m.fromBuffer(args)
	}
	return value{}, errors.New("a call that stats files do not have")
}

func (v value) is(g global) bool { return v.kind == kindGlobal && global(v.bits) == g }

// instance returns a new instance of a class of the layout, without a state.
func (m *machine) instance(class global) (value, error) {
	if class != globalRow && class != globalWrapper {
		return value{}, errors.New("an instance that stats files do not have")
	}
	return value{kind: kindObject, bits: m.objects.add(object{class: class})}, nil
}

func (m *machine) newObj() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	if pair[0].kind != kindGlobal || pair[1].kind != kindTuple {
		return errors.New("an instance that stats files do not have")
	}
	if args, err := m.items(pair[1]); err != nil || len(args) > 0 {
		return errors.Join(errors.New("an instance made with arguments"), err)
	}
	v, err := m.instance(global(pair[0].bits))
	if err != nil {
		return err
	}
	return m.push(v)
}

// build gives the object on the stack its state.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	switch target.kind {
	case kindObject:
		m.boundary = true
		return m.buildObject(target, state)
	case kindDtype:
		return m.buildDtype(target, state)
	case kindArray:
		return m.buildArray(target, state)
	}
	return kindError(target, "an object with a state")
}

// buildObject takes a dict of attributes; of a class with slots it is the
// second of two items.
func (m *machine) buildObject(target, state value) error {
	o := m.objects.get(target.bits)
	if o == nil {
		return errForgotten
	}
	if state.kind == kindTuple {
		parts, err := m.items(state)
		if err != nil {
			return err
		}
		if len(parts) != 2 || parts[0].kind != kindNone {
			return errors.New("an instance with a state that stats files do not have")
		}
		state = parts[1]
	}
	if state.kind != kindDict || o.state.kind != kindNone {
		return errors.New("an instance with a state that stats files do not have")
	}
	o.state = state
	return nil
}

// encodeLatin1 is how protocols 0 to 2 write bytes: as a string, each code
// point of which is a byte.
func (m *machine) encodeLatin1(text, encoding value) (value, error) {
	s, ok := m.string(text)
	name, ok2 := m.string(encoding)
	if !ok || !ok2 || name != "latin1" && name != "latin-1" {
		return value{}, errors.New("a call of encode that stats files do not have")
	}
	if err := errors.Join(m.work(len(s)), m.hold(len(s))); err != nil {
		return value{}, err
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return value{}, fmt.Errorf("the code point %U is no byte", r)
		}
		b = append(b, byte(r))
	}
	v := m.newBytes(b)
	v.hole = m.fast.isBytes(text.hole, len(b))
	return v, nil
}

func kindError(v value, want string) error {
	return fmt.Errorf("%s where %s should be", v.kind, want)
}
