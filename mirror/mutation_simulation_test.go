//go:build simulation

package mirror

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// mutation is a life in which the service acts differently.
type mutation struct {
	what     string
	from, to int // where the first difference is
	events   []recorded
}

// unnoticed are the mutations that need not break a promise, with their number and the reason.
var unnoticed = map[string]struct {
	times int
	why   string
}{
	"early rename of state/records/index": {3, "a cache, for which nothing is promised"},

	"without sync of backup/writer.json":                           {18, claimAgain},
	"early rename of backup/writer.json":                           {18, claimAgain},
	"without syncdir of backup after rename of backup/writer.json": {18, claimAgain},

	"without sync of backup/temporary":                           {1, checkOnly},
	"early rename of backup/temporary":                           {1, checkOnly},
	"without syncdir of backup after rename of backup/temporary": {1, checkOnly},
	"without syncdir of backup after remove of backup/temporary": {1, checkOnly},

	"without syncdir of state after mkdir of state/snapshots":                                 {2, syncedAgain},
	"without syncdir of state after mkdir of state/history":                                   {2, syncedAgain},
	"without syncdir of state after mkdir of state/records":                                   {2, "a cache, and MkdirAll syncs above what is empty"},
	"without syncdir of state after nothing":                                                  {2, "snapshots, or history, was empty: who made it might have got no further"},
	"without syncdir of stats after mkdir of stats/training_stats":                            {1, syncedAgain},
	"without syncdir of state/history/run after rename of state/history/run/00000002.parquet": {1, "adopted once more, it has the same content"},

	"early rename of state/history/run/removed.json":                                            {2, "nothing is removed yet, or the backup says so too"},
	"early rename of backup/history/run/removed.json":                                           {1, "no copy is removed yet"},
	"without syncdir of state/history/run after rename of state/history/run/removed.json":       {2, "it is synced with what is adopted; or else copies of what was removed here are kept"},
	"without syncdir of backup/history/run after remove of backup/history/run/00000001.parquet": {1, "a copy that reappears is removed again"},
	"without syncdir of state/snapshots after rename of state/damaged/1/run.parquet":            {1, "what is damaged is moved away again"},
	"state/history/run/00000002.parquet before state/history/run/removed.json":                  {1, "both are adopted again while there is no current snapshot"},
	"state/snapshots/run.parquet before state/history/run/00000002.parquet":                     {1, "adopted once more, it has the same content"},
}

const (
	claimAgain  = "a claim that is lost or torn is nobody's, and made again"
	checkOnly   = "written to see whether that can be done, and removed"
	syncedAgain = "the directory is synced again before anything is promised"
)

// TestIndexAheadWouldBeNoticed makes the index claim that each file exists before its directory is
// synced.
func TestIndexAheadWouldBeNoticed(t *testing.T) {
	t.Parallel()
	r := recordLife(newSite(t))
	mutations := 0
	for _, b := range r.blocks() {
		next := b.to + slices.IndexFunc(r.events[b.to:], func(e recorded) bool { return e.op != nil })
		if next < b.to || !strings.HasSuffix(r.events[next].op.Path, indexPath) || r.events[b.from].op.Kind == durable.OpRemove {
			continue
		}
		mutations++
		ahead := slices.Concat(r.events[:b.to-1], r.events[next:next+1], r.events[b.to-1:next], r.events[next+1:])
		if _, err := r.crashStates(r.disk(), ahead, len(ahead), func(int) bool { return false }); err == nil {
			t.Errorf("event %d, %s: nobody notices that the index is ahead", b.to, r.done(b))
		}
	}
	t.Logf("%d times the index ahead", mutations)
}

// TestEveryCrashWouldBeNoticed leaves out each fsync, makes each rename earlier, and swaps files
// that must be written in order. Then some state must break a promise, unless unnoticed gives a
// reason.
func TestEveryCrashWouldBeNoticed(t *testing.T) {
	t.Parallel()
	r := recordLife(newSite(t))
	noticed, found := 0, map[string]int{}
	for _, m := range r.mutations() {
		d := r.disk()
		d.coarse = true
		look := func(i int) bool { return i >= m.from && (i < m.to || m.events[i].promise != nil) }
		if _, err := r.crashStates(d, m.events, m.to, look); err != nil {
			noticed++
			continue
		}
		if found[m.what]++; found[m.what] > unnoticed[m.what].times {
			t.Errorf("%s (event %d): nothing was lost", m.what, m.from)
		}
	}
	allowed := 0
	for what, u := range unnoticed {
		allowed += found[what]
		if found[what] < u.times {
			t.Errorf("%s: %d times nothing was lost", what, found[what])
		}
	}
	t.Logf("%d mutations noticed, %d allowed to go unnoticed:", noticed, allowed)
	for _, what := range slices.Sorted(maps.Keys(unnoticed)) {
		t.Logf("%d times %s: %s", found[what], what, unnoticed[what].why)
	}
}

func (r *recording) mutations() []mutation {
	var all []mutation
	add := func(what string, at int, events ...[]recorded) {
		all = append(all, mutation{what, at, at + 4, slices.Concat(events...)})
	}
	for i, e := range r.events {
		if e.op == nil {
			continue
		}
		before, after := r.events[:i], r.events[i+1:]
		switch e.op.Kind {
		case durable.OpSync:
			add("without "+r.name(e), i, before, after)
		case durable.OpSyncDir:
			add("without "+r.name(e)+" after "+r.sinceSynced(i), i, before, after)
		case durable.OpRename:
			other := r.events[i-1]
			if other.op == nil || other.op.Path != e.op.Path { // moved to another directory
				add("late "+r.name(e), i, before, after[:1], r.events[i:i+1], after[1:])
				continue
			}
			renamed := *other.op
			renamed.Path = e.op.To // it is written, or synced, under its new name
			add("early "+r.name(e), i-1, before[:i-1], r.events[i:i+1], []recorded{{op: &renamed}}, after)
		}
	}
	return append(all, r.reordered()...)
}

// sinceSynced names the last operation in a directory since it was synced.
func (r *recording) sinceSynced(at int) string {
	dir := r.events[at].op.Path
	for _, e := range slices.Backward(r.events[:at]) {
		switch {
		case e.op == nil || e.op.Kind == durable.OpCreate || e.op.Kind == durable.OpWrite || e.op.Kind == durable.OpSync:
		case e.op.Path == dir && e.op.Kind == durable.OpSyncDir:
			return "nothing"
		case filepath.Dir(cmp.Or(e.op.To, e.op.Path)) == dir && e.op.Kind != durable.OpSyncDir, e.op.Kind == durable.OpRename && filepath.Dir(e.op.Path) == dir:
			return r.name(e)
		}
	}
	return "nothing"
}

// block is the events from the creation or removal of a file to the sync of its directory.
type block struct {
	file     string
	from, to int
}

// blocks are the blocks of snapshots and of tombstones.
func (r *recording) blocks() []block {
	var all []block
	for i, e := range r.events {
		if e.op == nil || e.op.Kind != durable.OpCreate && e.op.Kind != durable.OpRemove {
			continue
		}
		b := block{file: r.becomes(e.op.Path), from: i}
		if !strings.HasSuffix(b.file, snapshot.Suffix) && filepath.Base(b.file) != snapshot.TombstonesName {
			continue
		}
		for b.to = i + 1; ; b.to++ {
			if end := r.events[b.to-1].op; end != nil && end.Kind == durable.OpSyncDir && end.Path == filepath.Dir(b.file) {
				break
			}
		}
		all = append(all, b)
	}
	return all
}

// reordered swaps each two consecutive blocks in the same place without a promise in between.
func (r *recording) reordered() []mutation {
	var all []mutation
	blocks := r.blocks()
	for n, second := range blocks[1:] {
		first := blocks[n]
		between := r.events[first.to:second.from]
		place, _, _ := strings.Cut(strings.TrimPrefix(first.file, r.Dir+"/"), "/")
		if !strings.HasPrefix(second.file, filepath.Join(r.Dir, place)+"/") ||
			slices.ContainsFunc(between, func(e recorded) bool { return e.op == nil }) {
			continue
		}
		what := fmt.Sprintf("%s before %s", r.done(second), r.done(first))
		all = append(all, mutation{what, first.from, second.to, slices.Concat(r.events[:first.from], r.events[first.to:second.to],
			r.events[first.from:first.to], r.events[second.to:])})
	}
	return all
}

func (r *recording) done(b block) string {
	if op := r.events[b.from].op; op.Kind == durable.OpRemove {
		return r.name(r.events[b.from])
	}
	return strings.TrimPrefix(b.file, r.Dir+"/")
}
