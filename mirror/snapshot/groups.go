package snapshot

import (
	"math"
	"math/bits"

	"statsmirror/store"
	"statsmirror/store/column"
)

// A group of rows ends when it is full, or before the row that would bring it over groupValues
// doubles of scores. So when a run grows, all groups of the file but the last stay the same.
const (
	leastRows   = 4096
	mostRows    = column.BlockLen
	groupValues = 1 << 20
)

// fullRows returns the number of rows in a full group that has before rows ahead of it. It is at
// most a quarter of them, so that growth rewrites little of a run.
func fullRows(before int) int {
	quarter := min(max(before/4, leastRows), mostRows)
	return 1 << (bits.Len(uint(quarter)) - 1)
}

// group is the metadata of a group of rows.
type group struct {
	Last             int64  `json:"last"` // iteration
	TrainingRows     int64  `json:"training_rows"`
	ValidationRows   int64  `json:"validation_rows"`
	TrainingSHA256   string `json:"training_sha256"`   // hex
	ValidationSHA256 string `json:"validation_sha256"` // hex
	PagesSHA256      string `json:"pages_sha256"`      // hex, of all bytes since the previous group
	Losses
	NullTraining   ranges `json:"null_training,omitempty"`
	NullValidation ranges `json:"null_validation,omitempty"`
}

// of returns the number of rows of a kind in the group, and their hash.
func (g group) of(kind store.Kind) (rows int64, hash string) {
	if kind == store.Training {
		return g.TrainingRows, g.TrainingSHA256
	}
	return g.ValidationRows, g.ValidationSHA256
}

// lossesOfAll returns the losses of all groups together.
func lossesOfAll(groups []group) Losses {
	all, lowest := Losses{noLoss, noLoss}, math.Inf(1)
	for _, g := range groups {
		if g.TrainingRows > 0 {
			all.Last = g.Losses.Last
		}
		if v, ok := g.Losses.Best.Float(); ok && v < lowest {
			all.Best, lowest = g.Losses.Best, v
		}
	}
	return all
}
