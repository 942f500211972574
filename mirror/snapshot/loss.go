package snapshot

import (
	"math"
	"strconv"

	"statsmirror/store"
	"statsmirror/store/column"
)

// Losses describe how a run is doing, without reading its rows.
type Losses struct {
	Last Loss `json:"last_loss"` // of the last row with training stats
	Best Loss `json:"best_loss"` // the lowest finite loss
}

// Loss is a loss as text: the shortest decimal that reads back to the same double, or "NaN",
// "Infinity", "-Infinity". A missing loss is "null".
type Loss string

const noLoss Loss = "null"

// LossOf returns v as text.
func LossOf(v float64) Loss {
	if text := column.NotFinite(v); text != "" {
		return Loss(text)
	}
	return Loss(strconv.FormatFloat(v, 'g', -1, 64))
}

// Float returns the loss as a number; ok is false for "null".
func (l Loss) Float() (v float64, ok bool) {
	v, err := strconv.ParseFloat(string(l), 64)
	return v, err == nil
}

func (l Loss) check() error {
	if v, ok := l.Float(); l == noLoss || ok && LossOf(v) == l {
		return nil
	}
	return damagedf("%q is not a loss", string(l))
}

// LossesOf returns the losses of training stats.
func LossesOf(s store.TrainingStats) Losses { return lossesOf(s, 0, s.Len()) }

// lossesOf returns the losses of rows from to to-1.
func lossesOf(s store.TrainingStats, from, to int) Losses {
	losses := Losses{noLoss, noLoss}
	if from < to && !s.Loss.IsNull(to-1) {
		losses.Last = LossOf(s.Loss.At(to - 1))
	}
	if best := bestLoss(s, from, to); best >= 0 {
		losses.Best = LossOf(s.Loss.At(best))
	}
	return losses
}

// BestLoss returns the index of the first row with the lowest finite loss; -1 for none.
func BestLoss(s store.TrainingStats) int { return bestLoss(s, 0, s.Len()) }

func bestLoss(s store.TrainingStats, from, to int) int {
	best, lowest, i := -1, math.Inf(1), from
	for some := range s.Loss.Values.Stretches(from, to) {
		for _, v := range some {
			if v < lowest && !math.IsInf(v, 0) && !s.Loss.IsNull(i) {
				best, lowest = i, v
			}
			i++
		}
	}
	return best
}
