package store

// Differ returns the first iteration of which a and b have not the same row: only
// one of them has it, or they do not agree bit for bit. It is not ok if they are
// equal. Both are normalised.
func Differ[R Rows[R]](a, b R) (iteration int64, ok bool) {
	as, bs := a.iterations(), b.iterations()
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return min(as[i], bs[i]), true
		}
		if !a.equal(i, i+1, b, i) {
			return as[i], true
		}
	}
	switch {
	case len(as) < len(bs):
		return bs[len(as)], true
	case len(bs) < len(as):
		return as[len(bs)], true
	}
	return 0, false
}
