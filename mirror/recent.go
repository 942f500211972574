package mirror

import (
	"slices"

	"statsmirror/mirror/snapshot"
)

// recentBytes bounds the rows that a catalog keeps in memory.
const recentBytes = 64 << 20

// recent holds the snapshots that were committed last, so that the next merge
// of a run that is being trained need not read its snapshot. The zero value is
// ready.
type recent struct {
	snapshots []*snapshot.Snapshot // the most recent one last
	bytes     int
}

func (r *recent) get(run string) *snapshot.Snapshot {
	for _, s := range r.snapshots {
		if s.Run == run {
			return s
		}
	}
	return nil
}

func (r *recent) put(s *snapshot.Snapshot) {
	r.drop(s.Run)
	r.snapshots = append(r.snapshots, s)
	r.bytes += sizeOf(s)
	for r.bytes > recentBytes {
		r.drop(r.snapshots[0].Run)
	}
}

func (r *recent) drop(run string) {
	i := slices.IndexFunc(r.snapshots, func(s *snapshot.Snapshot) bool { return s.Run == run })
	if i >= 0 {
		r.bytes -= sizeOf(r.snapshots[i])
		r.snapshots = slices.Delete(r.snapshots, i, i+1)
	}
}

// sizeOf returns about how many bytes a snapshot takes in memory.
func sizeOf(s *snapshot.Snapshot) int {
	t, v := s.Training, s.Validation
	words := cap(t.Iteration) + cap(t.Loss.Values) + cap(t.Time.Values) + cap(v.Iteration) +
		cap(v.Scores.Outer) + cap(v.Scores.Middle) + cap(v.Scores.Inner) + cap(v.Scores.Values.Values)
	return 8*words + 4096
}
