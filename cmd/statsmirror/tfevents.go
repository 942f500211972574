package main

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// tfeventsFile is the name of an event file. TensorBoard reads all files of a directory
// that have tfevents in their names as one run: a later export replaces the earlier.
const tfeventsFile = "events.out.tfevents.0.statsmirror"

// writeEvents writes a snapshot as an event file of TensorBoard: TFRecords of Events in
// the wire format of protocol buffers, in order of iteration. Doubles become floats of
// 32 bits, as TensorBoard keeps scalars; a NaN stays one, and what is null is left out.
func writeEvents(w io.Writer, s *snapshot.Snapshot) error {
	e := eventWriter{w: w}
	clock := newClock(s)
	e.write(appendString(appendWall(nil, clock.now), fieldFileVersion, "brain.Event:2"))
	for t, v := 0, 0; t < s.Training.Len() || v < s.Validation.Len(); {
		if v == s.Validation.Len() || t < s.Training.Len() && s.Training.Iteration.At(t) <= s.Validation.Iteration.At(v) {
			clock.pass(s.Training, t)
			e.scalars(clock.now, s.Training.Iteration.At(t), appendTrainingScalars(nil, s.Training, t))
			t++
		} else {
			e.scalars(clock.now, s.Validation.Iteration.At(v), appendScoreScalars(nil, s.Validation, v))
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

func appendScoreScalars(b []byte, s store.ValidationScores, i int) []byte {
	s.Scores.Visit(i, func(dataset, parameters, criterion, value int) {
		if !s.Scores.Values.IsNull(value) {
			b = appendScalar(b, fmt.Sprintf("scores/%d/%d/%d", dataset, parameters, criterion), s.Scores.Values.At(value))
		}
	})
	return b
}

// clock tells when an iteration was, in seconds since 1970: the last one when the stats
// files were written last, each one before as much earlier as those after it took.
type clock struct{ now float64 }

func newClock(s *snapshot.Snapshot) *clock {
	var last int64
	for _, source := range s.Sources {
		last = max(last, source.ModTime)
	}
	c := &clock{}
	for i := range s.Training.Len() {
		c.pass(s.Training, i)
	}
	c.now = float64(last)/float64(time.Second) - c.now
	return c
}

// pass lets row i happen. A time that no clock can have shown counts as none.
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

// write writes one record: its length, content, and of each a masked CRC-32C.
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

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func maskedCRC(b []byte) uint32 {
	const mask = 0xa282ead8
	crc := crc32.Checksum(b, castagnoli)
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
