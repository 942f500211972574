package format

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/store"
)

// TensorBoardFile is the name of an event file. TensorBoard reads all files of a directory
// that have tfevents in their names as one run, so a later export replaces the earlier one.
const TensorBoardFile = "events.out.tfevents.0.statsmirror"

// WriteTensorBoard writes an event file of TensorBoard: TFRecords of Events in the wire format of
// protocol buffers, in order of iteration. It has the scalars loss, time and
// scores/DATASET/PARAMETERS/CRITERION, whose criterion is a name if it has one. Doubles become floats of 32 bits, as in TensorBoard. A NaN
// stays a NaN; nulls are skipped.
//
// The last row of training stats has the wall time written, or 1970 if that is the zero time. The
// times of the other rows count back from there.
func WriteTensorBoard(w io.Writer, written time.Time, training store.TrainingStats, validation store.ValidationScores, names criteria.List) error {
	e := eventWriter{w: w}
	clock := newClock(written, training)
	e.write(appendString(appendWall(nil, clock.now), fieldFileVersion, "brain.Event:2"))
	for t, v := 0, 0; t < training.Len() || v < validation.Len(); {
		if v == validation.Len() || t < training.Len() && training.Iteration.At(t) <= validation.Iteration.At(v) {
			clock.pass(training, t)
			e.scalars(clock.now, training.Iteration.At(t), appendTrainingScalars(nil, training, t))
			t++
		} else {
			e.scalars(clock.now, validation.Iteration.At(v), appendScoreScalars(nil, validation, v, names))
			v++
		}
	}
	return e.err
}

func appendTrainingScalars(b []byte, s store.TrainingStats, i int) []byte {
	if !s.Loss.IsNull(i) {
		b = appendScalar(b, "loss", s.Loss.At(i))
	}
	if !s.Time.IsNull(i) {
		b = appendScalar(b, "time", s.Time.At(i))
	}
	return b
}

func appendScoreScalars(b []byte, s store.ValidationScores, i int, names criteria.List) []byte {
	s.Scores.Visit(i, func(dataset, parameters, criterion, value int) {
		if !s.Scores.Values.IsNull(value) {
			b = appendScalar(b, fmt.Sprintf("scores/%d/%d/%s", dataset, parameters, names.Label(criterion)), s.Scores.Values.At(value))
		}
	})
	return b
}

// clock tells when an iteration ended, in seconds since 1970.
type clock struct{ now float64 }

// newClock returns a clock that shows the beginning of the first row if the last row ended at
// written.
func newClock(written time.Time, s store.TrainingStats) *clock {
	c := &clock{}
	for i := range s.Len() {
		c.pass(s, i)
	}
	var last int64
	if !written.IsZero() {
		last = written.UnixNano()
	}
	c.now = float64(last)/float64(time.Second) - c.now
	return c
}

// pass advances the clock by row i. A time that no clock can have shown counts as none.
func (c *clock) pass(s store.TrainingStats, i int) {
	const longest = 1e9 // seconds
	if took := s.Time.At(i); took > 0 && took < longest {
		c.now += took
	}
}

// eventWriter writes Events as TFRecords. The first error is kept.
type eventWriter struct {
	w   io.Writer
	err error
}

func (e *eventWriter) scalars(wall float64, step int64, values []byte) {
	if len(values) == 0 {
		return
	}
	b := appendWall(nil, wall)
	b = binary.AppendUvarint(appendTag(b, fieldStep, wireVarint), uint64(step))
	e.write(appendBytes(b, fieldSummary, values))
}

// write writes one record: its length and content, each with a masked CRC-32C.
func (e *eventWriter) write(event []byte) {
	if e.err != nil {
		return
	}
	record := binary.LittleEndian.AppendUint64(make([]byte, 0, len(event)+16), uint64(len(event)))
	record = binary.LittleEndian.AppendUint32(record, maskedCRC(record))
	record = append(record, event...)
	record = binary.LittleEndian.AppendUint32(record, maskedCRC(event))
	_, e.err = e.w.Write(record)
}

func maskedCRC(b []byte) uint32 {
	const mask = 0xa282ead8
	crc := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (crc>>15 | crc<<17) + mask
}

// Fields of TensorFlow's Event, Summary and Summary.Value, in event.proto and
// summary.proto.
const (
	fieldWallTime    = 1 // of Event: double
	fieldStep        = 2 // int64
	fieldFileVersion = 3 // string
	fieldSummary     = 5 // Summary

	fieldValue = 1 // of Summary: repeated Value

	fieldTag         = 1 // of Value: string
	fieldSimpleValue = 2 // float
)

// Types of the wire format of protocol buffers.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

func appendTag(b []byte, field, wire uint64) []byte { return binary.AppendUvarint(b, field<<3|wire) }

func appendBytes(b []byte, field uint64, content []byte) []byte {
	b = binary.AppendUvarint(appendTag(b, field, wireBytes), uint64(len(content)))
	return append(b, content...)
}

func appendString(b []byte, field uint64, text string) []byte {
	return appendBytes(b, field, []byte(text))
}

func appendWall(b []byte, wall float64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(b, fieldWallTime, wire64), math.Float64bits(wall))
}

func appendScalar(b []byte, tag string, v float64) []byte {
	value := appendTag(appendString(nil, fieldTag, tag), fieldSimpleValue, wire32)
	value = binary.LittleEndian.AppendUint32(value, math.Float32bits(float32(v)))
	return appendBytes(b, fieldValue, value)
}
