package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"

	"statsmirror/mirror/snapshot"
)

func Example() {
	s := &snapshot.Snapshot{Run: "cells", Generation: 1}
	for i, loss := range []float64{0.5, 0.25, 0.375} {
		s.Training.Iteration.Append(int64(i))
		s.Training.Loss.Append(loss)
		s.Training.Time.Append(1)
	}
	var file bytes.Buffer
	if _, err := snapshot.Write(&file, s); err != nil {
		panic(err)
	}
	fmt.Println(snapshot.Path(s.Run))

	read, err := snapshot.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		panic(err)
	}
	fmt.Println(read.Run, read.Training.TrainedUntil(), read.Training.Loss.At(1))

	torn := file.Bytes()[:file.Len()-1]
	_, err = snapshot.Read(bytes.NewReader(torn), int64(len(torn)))
	_, damaged := errors.AsType[*snapshot.DamagedError](err)
	fmt.Println(damaged)
	// Output:
	// snapshots/cells.parquet
	// cells 3 0.25
	// true
}

// The footer describes a snapshot; the rows are not read.
func ExampleReadMeta() {
	s := &snapshot.Snapshot{Run: "cells", Generation: 2}
	s.Training.Iteration.Append(99)
	s.Training.Loss.Append(0.125)
	s.Training.Time.Append(1)
	var file bytes.Buffer
	if _, err := snapshot.Write(&file, s); err != nil {
		panic(err)
	}
	m, err := snapshot.ReadMeta(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Generation, m.TrainedUntil, m.TrainingRows, m.Losses.Last)
	// Output: 2 100 1 0.125
}
