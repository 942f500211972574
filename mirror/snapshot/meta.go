package snapshot

import (
	"math"
	"time"

	"statsmirror/store"
)

// Meta is the description of a snapshot in its footer.
type Meta struct {
	Run            string
	Generation     int64
	TrainedUntil   int64
	ValidatedUntil int64
	TrainingRows   int64
	ValidationRows int64
	ContentSHA256  string // hex
	Sources        []store.Source
	Losses         Losses
	Ended          time.Time // when the generation ended; zero for the current one, or if the file does not say
}

// EndedNano returns when the generation ended, in nanoseconds since 1970; 0 if the file does not
// say. A time in the future counts, because the clock may be wrong now.
func (m Meta) EndedNano() int64 {
	if m.Ended.Before(time.Unix(0, 0)) || m.Ended.After(time.Unix(0, math.MaxInt64)) {
		return 0
	}
	return m.Ended.UnixNano()
}
