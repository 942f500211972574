package heap

// Object is an instance of a class.
//
// Classes and functions that the caller does not know are opaque: a value of KindOpaque, which is
// only a name. An instance of an opaque class, or the result of an opaque function, is an opaque
// object. If the pickle puts keys and values into it, it becomes a dict, as an OrderedDict is one.
type Object struct {
	Class  uint64 // the Bits of the class
	Opaque bool   // the class is opaque
	State  Value  // a dict of attributes, None before BUILD
}

// NewObject returns a new instance of a class, which is of KindGlobal or KindOpaque. If class is an
// opaque object, the new object is the result of calling it.
func (h *Heap) NewObject(class Value) Value {
	made := Object{Class: class.Bits, Opaque: class.Kind == KindOpaque}
	if o := h.Opaque(class); o != nil {
		made = Object{Class: o.Class, Opaque: true}
	}
	return Value{Kind: KindObject, Bits: h.objects.add(made)}
}

// Object returns the object that v refers to; nil if v is another kind of value, or if the object
// was forgotten. It is valid until the next object is made.
func (h *Heap) Object(v Value) *Object {
	if v.Kind != KindObject {
		return nil
	}
	return h.objects.get(v.Bits)
}

// OpaqueClass returns the value of an unknown class or function.
func (h *Heap) OpaqueClass(name string) Value {
	n, ok := h.opaqueNumbers[name]
	if !ok && len(h.opaqueNames) == maxOpaque {
		n, ok = maxOpaque-1, true
	}
	if !ok {
		n = uint64(len(h.opaqueNames))
		h.opaqueNames = append(h.opaqueNames, name)
		h.opaqueNumbers[name] = n
	}
	return Value{Kind: KindOpaque, Bits: n}
}

// NewOpaque returns a new opaque object with a name for errors.
func (h *Heap) NewOpaque(name string) Value { return h.NewObject(h.OpaqueClass(name)) }

// Opaque returns the object that v refers to if it is opaque, else nil.
func (h *Heap) Opaque(v Value) *Object {
	if o := h.Object(v); o != nil && o.Opaque {
		return o
	}
	return nil
}

// FirstOpaque returns the name of the first opaque class or function; "" for none.
func (h *Heap) FirstOpaque() string {
	if len(h.opaqueNames) == 0 {
		return ""
	}
	return h.opaqueNames[0]
}

// CheckOpaque returns an error if v is opaque.
func (h *Heap) CheckOpaque(v Value) error {
	if v.Kind < KindObject {
		return nil // checked here to save a call: every number takes this path
	}
	return h.opaqueError(v)
}

func (h *Heap) opaqueError(v Value) error {
	if v.Kind == KindOpaque {
		return Unsupported("the class or function %q as a value", h.opaqueNames[v.Bits])
	}
	if o := h.Opaque(v); o != nil {
		return Unsupported("a value of %q", h.opaqueNames[o.Class])
	}
	return nil
}

// SetOpaqueItems puts keys and values into an opaque object, which makes it a dict.
func (h *Heap) SetOpaqueItems(o *Object, items []Value) error {
	if o.State.Kind != KindDict {
		o.State = h.NewContainer(KindDict, nil)
	}
	c, err := h.Container(o.State)
	if err != nil {
		return err
	}
	return h.Extend(c, items)
}
