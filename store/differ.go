package store

// Differ returns the first iteration at which a and b differ: only one has a row, or their rows
// differ in any bit. ok is false if a and b are equal. Both must be normalised.
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
