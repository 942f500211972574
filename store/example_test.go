package store_test

import (
	"fmt"
	"os"

	"statsmirror/store"
)

// trained returns a row for each of the iterations.
func trained(loss float64, iterations ...int64) (s store.TrainingStats) {
	for _, i := range iterations {
		s.Iteration.Append(i)
		s.Loss.Append(loss)
		s.Time.Append(1)
	}
	return s
}

func iterations(s store.TrainingStats) []int64 { return s.Iteration.Stretch(0, s.Len()) }

func ExampleMerge() {
	existing := trained(0.5, 0, 10, 20)
	for _, incoming := range []store.TrainingStats{
		trained(0.5, 0, 10, 20, 30), // the run continued
		trained(0.5, 0, 10, 30),     // it continued after it had lost a row
		trained(0.5, 0, 10),         // it restarted from an earlier checkpoint
		trained(0.7, 0, 10, 20, 30), // it restarted while nobody watched
	} {
		m := store.Merge(existing, incoming)
		fmt.Println(m.Decision, iterations(m.Rows), m.Diverged)
	}
	// Output:
	// extend [0 10 20 30] false
	// extend [0 10 20 30] false
	// overwrite [0 10] false
	// overwrite [0 10 20 30] true
}

func ExampleFileStatsStore() {
	dir, err := os.MkdirTemp("", "stats")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	stats := store.NewFileStatsStore(dir)
	for _, s := range []store.TrainingStats{trained(0.5, 0, 10), trained(0.5, 20), trained(0.4, 0)} {
		if err := stats.StoreTrainingStats("run", s); err != nil {
			panic(err)
		}
		stored, err := stats.RetrieveTrainingStats("run")
		if err != nil {
			panic(err)
		}
		fmt.Println(iterations(stored))
	}
	// Output:
	// [0 10]
	// [0 10 20]
	// [0]
}
