package heap

// NewString returns a string with a copy of the text in b.
func (h *Heap) NewString(b []byte) Value {
	if n, ok := h.interned[string(b)]; ok {
		return Value{Kind: KindString, Bits: n}
	}
	s := string(b)
	n := h.strings.add(s)
	h.text += len(s)
	if len(b) <= maxInterned {
		h.interned[s] = n
	}
	return Value{Kind: KindString, Bits: n}
}

// Text returns the string that v refers to; false if v is not a string, or a forgotten one.
func (h *Heap) Text(v Value) (string, bool) {
	if v.Kind != KindString {
		return "", false
	}
	if v.Bits&survives != 0 {
		return h.keptStrings[v.Bits&^survives], true
	}
	s := h.strings.get(v.Bits)
	if s == nil {
		return "", false
	}
	return *s, true
}
