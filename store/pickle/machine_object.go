package pickle

import (
	"errors"
	"fmt"

	"statsmirror/store/pickle/internal/heap"
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

// A global is the meaning of a class or function name in this package.
type global uint64

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

func (g global) is(v heap.Value) bool { return v.Kind == heap.KindGlobal && global(v.Bits) == g }

// globals are the names that stats files use besides the layout's classes. They have the spellings
// of Python 2 and 3, and of numpy before and since 2.0.
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

// globalNames are their names in errors.
var globalNames = [...]string{
	globalRow: "a row made with arguments", globalWrapper: "an object made with arguments", globalObject: "object",
	globalReconstructor: "copyreg._reconstructor", globalEncode: "_codecs.encode", globalDtype: "numpy.dtype", globalNdarray: "numpy.ndarray",
	globalScalar: "numpy scalar", globalReconstruct: "numpy array", globalFromBuffer: "numpy array",
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
	module = string(line) // copied, because the next line may move the window
	line, err = m.line()
	return module, string(line), err
}

func (m *machine) stackGlobal() error {
	items, err := m.popN(2)
	if err != nil {
		return err
	}
	if m.heap.Noting() {
		return m.push(m.heap.NewPlaceholder())
	}
	module, ok := m.heap.Text(items[0])
	name, ok2 := m.heap.Text(items[1])
	if !ok || !ok2 {
		return errors.New("the name of a class is not a string")
	}
	return m.pushGlobal(module, name)
}

func (m *machine) pushGlobal(module, name string) error { return m.push(m.global(module, name)) }

// global returns the value of a class or function. Names that this package does not know are
// opaque: data that is skipped, never executed. They may stand under keys outside the layout. In a
// column they are an error that names them.
func (m *machine) global(module, name string) heap.Value {
	g, ok := globals[[2]string{module, name}]
	if !ok {
		g, ok = m.layoutClass(module, name)
	}
	if !ok {
		return m.heap.OpaqueClass(shorten(module) + "." + shorten(name))
	}
	return heap.Value{Kind: heap.KindGlobal, Bits: uint64(g)}
}

const maxOpaqueName = 80 // bytes of a name

func shorten(name string) string { return name[:min(len(name), maxOpaqueName)] }

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

// reduce replaces a global and its arguments by the result of the call.
func (m *machine) reduce() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	if m.heap.Noting() {
		return m.push(m.heap.NewPlaceholder())
	}
	f, arguments := pair[0], pair[1]
	if arguments.Kind != heap.KindTuple {
		return heap.KindError(arguments, "the arguments of a call")
	}
	args, err := m.heap.Items(arguments)
	if err != nil {
		return err
	}
	v, err := m.call(f, args)
	if err != nil {
		return err
	}
	return m.push(v)
}

// call returns the result of a function, or an instance of a class. The result is opaque unless
// this package knows f.
func (m *machine) call(f heap.Value, args []heap.Value) (heap.Value, error) {
	switch {
	case f.Kind == heap.KindOpaque || m.heap.Opaque(f) != nil:
		return m.heap.NewObject(f), nil
	case f.Kind != heap.KindGlobal:
		return heap.Value{}, heap.KindError(f, "a class or function")
	}
	switch f := global(f.Bits); {
	case f == globalReconstructor && len(args) == 3:
		return m.reconstruct(args)
	case f == globalEncode && len(args) == 2:
		return m.encodeLatin1(args[0], args[1])
	case f == globalDtype && len(args) >= 1:
		return m.newDtype(args[0]), nil
	case f == globalScalar && len(args) == 2:
		return m.scalar(args[0], args[1])
	case f == globalReconstruct && len(args) == 3 && globalNdarray.is(args[0]):
		return m.heap.NewArray(), nil
	case f == globalFromBuffer && len(args) == 4:
		return m.fromBuffer(args)
	}
	return m.unknownCall(global(f.Bits)), nil
}

// unknownCall returns the result of calling a known function with arguments that this package does
// not know.
func (m *machine) unknownCall(f global) heap.Value {
	return m.heap.NewOpaque(globalNames[f])
}

// reconstruct takes a class, its built-in base type, and the instance's value of that type.
// Protocols 0 and 1 write instances so, including those of subclasses of dict.
func (m *machine) reconstruct(args []heap.Value) (heap.Value, error) {
	class, base, state := args[0], args[1], args[2]
	if globalObject.is(base) && state.Kind == heap.KindNone {
		return m.instance(class)
	}
	if class.Kind != heap.KindOpaque {
		return m.unknownCall(globalReconstructor), nil
	}
	v := m.heap.NewObject(class)
	if state.Kind == heap.KindDict {
		m.heap.Opaque(v).State = state
	}
	return v, nil
}

// instance returns a new instance of a class, without a state.
func (m *machine) instance(class heap.Value, args ...heap.Value) (heap.Value, error) {
	switch {
	case class.Kind != heap.KindOpaque && class.Kind != heap.KindGlobal:
		return heap.Value{}, heap.KindError(class, "a class")
	case class.Kind == heap.KindGlobal && (!globalRow.is(class) && !globalWrapper.is(class) || len(args) > 0):
		return m.unknownCall(global(class.Bits)), nil
	}
	return m.heap.NewObject(class), nil
}

func (m *machine) newObj() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	if m.heap.Noting() {
		return m.push(m.heap.NewPlaceholder())
	}
	if pair[1].Kind != heap.KindTuple {
		return heap.KindError(pair[1], "the arguments of a class")
	}
	args, err := m.heap.Items(pair[1])
	if err != nil {
		return err
	}
	return m.pushInstance(pair[0], args)
}

// newObjEx is newObj with named arguments.
func (m *machine) newObjEx() error {
	items, err := m.popN(3)
	if err != nil {
		return err
	}
	return m.pushInstance(items[0], items[1:])
}

// inst and obj take the arguments above a MARK. obj takes its class from the first of them.
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

func (m *machine) pushInstance(class heap.Value, args []heap.Value) error {
	if m.heap.Noting() {
		return m.push(m.heap.NewPlaceholder())
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
	if m.heap.Noting() {
		return nil
	}
	switch target.Kind {
	case heap.KindObject:
		m.boundary = true
		return m.buildObject(target, state)
	case heap.KindOpaque:
		return nil
	case heap.KindDtype:
		return m.buildDtype(target, state)
	case heap.KindArray:
		return m.buildArray(target, state)
	}
	return heap.KindError(target, "an object with a state")
}

// buildObject takes a dict of attributes. A class with slots has it as the second of two items.
func (m *machine) buildObject(target, state heap.Value) error {
	o := m.heap.Object(target)
	if o == nil {
		return heap.ErrForgotten
	}
	if o.Opaque {
		return nil
	}
	if state.Kind == heap.KindTuple {
		parts, err := m.heap.Items(state)
		if err != nil {
			return err
		}
		if len(parts) != 2 || parts[0].Kind != heap.KindNone {
			return errState
		}
		state = parts[1]
	}
	if state.Kind != heap.KindDict || o.State.Kind != heap.KindNone {
		return errState
	}
	o.State = state
	return nil
}

var errState = heap.Unsupported("an instance of DaCapo's classes whose state is not its attributes")

// encodeLatin1 decodes bytes as protocols 0 to 2 write them: a string whose code points are the
// bytes.
func (m *machine) encodeLatin1(text, encoding heap.Value) (heap.Value, error) {
	s, ok := m.heap.Text(text)
	name, ok2 := m.heap.Text(encoding)
	if !ok || !ok2 || name != "latin1" && name != "latin-1" {
		return m.unknownCall(globalEncode), nil
	}
	if err := errors.Join(m.work(len(s)), m.hold(len(s))); err != nil {
		return heap.Value{}, err
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return heap.Value{}, fmt.Errorf("the code point %U is not a byte", r)
		}
		b = append(b, byte(r))
	}
	v := m.heap.NewBytes(b)
	v.Hole = m.fast.learner.Bytes(text.Hole, len(b))
	return v, nil
}
