package pickle

// Values of classes and functions that this package does not know are opaque: data
// that is passed over, never executed. They may stand in keys that the layout does
// not ask for. Where a column should be, they are an error that names them.
//
// An opaque class or function is a value of kindOpaque. An instance of it, or what
// the function would return, is an object of globalOpaque. If the pickle puts keys
// and values into such an object it is a dict, as an OrderedDict is, and can be a row.

const (
	maxOpaque     = 1 << 10 // names that are remembered; the others share the last one
	maxOpaqueName = 80      // bytes of a name
)

// opaqueName remembers a name and returns its number.
func (m *machine) opaqueName(name string) uint64 {
	if n, ok := m.opaqueNumbers[name]; ok {
		return n
	}
	if len(m.opaqueNames) == maxOpaque {
		return maxOpaque - 1
	}
	if m.opaqueNumbers == nil {
		m.opaqueNumbers = map[string]uint64{}
	}
	n := uint64(len(m.opaqueNames))
	m.opaqueNames = append(m.opaqueNames, name)
	m.opaqueNumbers[name] = n
	if m.table.Opaque == "" {
		m.table.Opaque = name
	}
	return n
}

// opaqueClass returns the value of an unknown class or function.
func (m *machine) opaqueClass(module, name string) value {
	return value{kind: kindOpaque, bits: m.opaqueName(shorten(module) + "." + shorten(name))}
}

func shorten(name string) string { return name[:min(len(name), maxOpaqueName)] }

// opaqueObject returns a new object that is called so in errors.
func (m *machine) opaqueObject(name uint64) value {
	return value{kind: kindObject, bits: m.objects.add(object{class: globalOpaque, name: name})}
}

// opaque returns the object behind v if it is opaque, else nil.
func (m *machine) opaque(v value) *object {
	if v.kind != kindObject {
		return nil
	}
	if o := m.objects.get(v.bits); o != nil && o.class == globalOpaque {
		return o
	}
	return nil
}

// checkOpaque returns an error if v is opaque, which a column cannot hold.
func (m *machine) checkOpaque(v value) error {
	if v.kind == kindOpaque {
		return unsupported("the class or function %q as a value", m.opaqueNames[v.bits])
	}
	if o := m.opaque(v); o != nil {
		return unsupported("a value of %q", m.opaqueNames[o.name])
	}
	return nil
}

// setOpaqueItems puts keys and values into an opaque object, which makes it a dict.
func (m *machine) setOpaqueItems(o *object, items []value) error {
	if o.state.kind != kindDict {
		o.state = value{kind: kindDict, bits: m.containers.add(container{start: m.values.next()})}
	}
	c, err := m.container(o.state)
	if err != nil {
		return err
	}
	return m.extend(c, items)
}
