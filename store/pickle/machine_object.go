package pickle

import (
	"errors"
	"fmt"

	"statsmirror/store/pickle/internal/opcode"
)

var objectHandlers = map[byte]func(*machine) error{
	opcode.Global:      (*machine).globalLines,
	opcode.StackGlobal: (*machine).stackGlobal,
	opcode.Reduce:      (*machine).reduce,
	opcode.NewObj:      (*machine).newObj,
	opcode.NewObjEx:    (*machine).newObjEx,
	opcode.Inst:        (*machine).inst,
	opcode.Obj:         (*machine).obj,
	opcode.Build:       (*machine).build,
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
	globalOpaque // the class of objects that are passed over
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

// globalNames are what errors call them.
var globalNames = [...]string{
	globalRow: "a row made with arguments", globalWrapper: "an object made with arguments", globalObject: "object",
	globalReconstructor: "copyreg._reconstructor", globalEncode: "_codecs.encode", globalDtype: "numpy.dtype", globalNdarray: "numpy.ndarray",
	globalScalar: "numpy scalar", globalReconstruct: "numpy array", globalFromBuffer: "numpy array",
}

// object is an instance of a class of the layout, or one that is opaque.
type object struct {
	class global
	state value  // a dict; None as long as there is none
	name  uint64 // of the class or function, if it is opaque
}

func (m *machine) globalLines() error {
	module, name, err := m.globalName()
	if err != nil {
		return err
	}
	return m.pushGlobal(module, name)
}

// globalName reads the two lines that name a class or function.
func (m *machine) globalName() (module, name string, err error) {
	line, err := m.line()
	if err != nil {
		return "", "", err
	}
	module = string(line) // the next line may move the window
	line, err = m.line()
	return module, string(line), err
}

func (m *machine) stackGlobal() error {
	items, err := m.popN(2)
	if err != nil {
		return err
	}
	if m.noting() {
		return m.push(m.placeholder())
	}
	module, ok := m.string(items[0])
	name, ok2 := m.string(items[1])
	if !ok || !ok2 {
		return errors.New("the name of a class is not a string")
	}
	return m.pushGlobal(module, name)
}

func (m *machine) pushGlobal(module, name string) error { return m.push(m.global(module, name)) }

// global returns the value of a class or function.
func (m *machine) global(module, name string) value {
	g, ok := globals[[2]string{module, name}]
	if !ok {
		g, ok = m.layoutClass(module, name)
	}
	if !ok {
		return m.opaqueClass(module, name)
	}
	return value{kind: kindGlobal, bits: uint64(g)}
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
	if m.noting() {
		return m.push(m.placeholder())
	}
	f, arguments := pair[0], pair[1]
	if arguments.kind != kindTuple {
		return kindError(arguments, "the arguments of a call")
	}
	args, err := m.items(arguments)
	if err != nil {
		return err
	}
	v, err := m.call(f, args)
	if err != nil {
		return err
	}
	return m.push(v)
}

// call returns what a function would return, or an instance of a class. It is opaque
// unless it is known here.
func (m *machine) call(f value, args []value) (value, error) {
	switch {
	case f.kind == kindOpaque:
		return m.opaqueObject(f.bits), nil
	case m.opaque(f) != nil:
		return m.opaqueObject(m.opaque(f).name), nil
	case f.kind != kindGlobal:
		return value{}, kindError(f, "a class or function")
	}
	switch f := global(f.bits); {
	case f == globalReconstructor && len(args) == 3:
		return m.reconstruct(args)
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
	return m.unknownCall(global(f.bits)), nil
}

// unknownCall returns the object that a known function would make of other arguments
// than those known here.
func (m *machine) unknownCall(f global) value {
	return m.opaqueObject(m.opaqueName(globalNames[f]))
}

// reconstruct takes a class, the built-in type below it, and what the instance has of
// that type. So protocols 0 and 1 write instances, among them those of subclasses of dict.
func (m *machine) reconstruct(args []value) (value, error) {
	class, base, state := args[0], args[1], args[2]
	if base.is(globalObject) && state.kind == kindNone {
		return m.instance(class)
	}
	if class.kind != kindOpaque {
		return m.unknownCall(globalReconstructor), nil
	}
	v := m.opaqueObject(class.bits)
	if state.kind == kindDict {
		m.opaque(v).state = state
	}
	return v, nil
}

func (v value) is(g global) bool { return v.kind == kindGlobal && global(v.bits) == g }

// instance returns a new instance of a class, without a state.
func (m *machine) instance(class value, args ...value) (value, error) {
	switch {
	case class.kind == kindOpaque:
		return m.opaqueObject(class.bits), nil
	case class.kind != kindGlobal:
		return value{}, kindError(class, "a class")
	case !class.is(globalRow) && !class.is(globalWrapper) || len(args) > 0:
		return m.unknownCall(global(class.bits)), nil
	}
	return value{kind: kindObject, bits: m.objects.add(object{class: global(class.bits)})}, nil
}

func (m *machine) newObj() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	if m.noting() {
		return m.push(m.placeholder())
	}
	if pair[1].kind != kindTuple {
		return kindError(pair[1], "the arguments of a class")
	}
	args, err := m.items(pair[1])
	if err != nil {
		return err
	}
	return m.pushInstance(pair[0], args)
}

// newObjEx is newObj with arguments that have names.
func (m *machine) newObjEx() error {
	items, err := m.popN(3)
	if err != nil {
		return err
	}
	return m.pushInstance(items[0], items[1:])
}

// inst and obj take the arguments above a MARK; the class of obj is the first of these.
func (m *machine) inst() error {
	module, class, err := m.globalName()
	if err != nil {
		return err
	}
	args, err := m.popMark()
	if err != nil {
		return err
	}
	return m.pushInstance(m.global(module, class), args)
}

func (m *machine) obj() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return errUnderflow
	}
	return m.pushInstance(items[0], items[1:])
}

func (m *machine) pushInstance(class value, args []value) error {
	if m.noting() {
		return m.push(m.placeholder())
	}
	v, err := m.instance(class, args...)
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
	if m.noting() {
		return nil
	}
	switch target.kind {
	case kindObject:
		m.boundary = true
		return m.buildObject(target, state)
	case kindOpaque:
		return nil
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
	if o.class == globalOpaque {
		return nil
	}
	if state.kind == kindTuple {
		parts, err := m.items(state)
		if err != nil {
			return err
		}
		if len(parts) != 2 || parts[0].kind != kindNone {
			return errState
		}
		state = parts[1]
	}
	if state.kind != kindDict || o.state.kind != kindNone {
		return errState
	}
	o.state = state
	return nil
}

var errState = unsupported("an instance of DaCapo's classes with another state than its attributes")

// encodeLatin1 is how protocols 0 to 2 write bytes: as a string, each code
// point of which is a byte.
func (m *machine) encodeLatin1(text, encoding value) (value, error) {
	s, ok := m.string(text)
	name, ok2 := m.string(encoding)
	if !ok || !ok2 || name != "latin1" && name != "latin-1" {
		return m.unknownCall(globalEncode), nil
	}
	if err := errors.Join(m.work(len(s)), m.hold(len(s))); err != nil {
		return value{}, err
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return value{}, fmt.Errorf("the code point %U is not a byte", r)
		}
		b = append(b, byte(r))
	}
	v := m.newBytes(b)
	v.hole = m.fast.isBytes(text.hole, len(b))
	return v, nil
}

func kindError(v value, want string) error {
	return unsupported("%s where %s should be", v.kind, want)
}
