package snapshot

// ranges are ascending row numbers, as pairs of the first and the last of each unbroken series.
type ranges [][2]int64

func (r *ranges) add(row int64) {
	if n := len(*r); n > 0 && (*r)[n-1][1] == row-1 {
		(*r)[n-1][1] = row
		return
	}
	*r = append(*r, [2]int64{row, row})
}

// mark sets there[row] for each row number.
func (r ranges) mark(there []bool) error {
	after := int64(0)
	for _, pair := range r {
		if pair[0] < after || pair[1] < pair[0] || pair[1] >= int64(len(there)) {
			return damagedf("rows %d to %d do not exist", pair[0], pair[1])
		}
		for row := pair[0]; row <= pair[1]; row++ {
			there[row] = true
		}
		after = pair[1] + 1
	}
	return nil
}
