package store

// Differ returns the first iteration of which a and b have not the same row: only
// one of them has it, or they do not agree bit for bit. It is not ok if they are
// equal. Both are normalised.
func Differ[R Rows[R]](a, b R) (iteration int64, ok bool) {
	as, bs := a.iterations(), b.iterations()
	n := commonPrefix(as, 0, bs, 0, bs.Len())
	for i := range n {
		if !a.equal(i, i+1, b, i) {
			return as.At(i), true
		}
	}
	switch {
	case n == as.Len() && n == bs.Len():
		return 0, false
	case n == as.Len():
		return bs.At(n), true
	case n == bs.Len():
		return as.At(n), true
	}
	return min(as.At(n), bs.At(n)), true
}
