// Package garbage says how much garbage may be in memory before the collector runs.
package garbage

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// smallHeap is the heap below which the collector does not run.
	smallHeap = 24 << 20

	// smallestHeap is the heap below which the collector does not run at 100 percent, by
	// runtime/debug. Other percentages change it in proportion.
	smallestHeap = 4 << 20

	mostPercent = 100 * smallHeap / smallestHeap

	// idleAfter is how long after a collection the process counts as idle if no other follows.
	idleAfter = 5 * time.Second

	// mostFree is how many free bytes an idle process may keep.
	mostFree = 4 << 20
)

// limit says how much garbage may be in memory before the collector runs. It follows the
// bytes in use after each collection: see percentOf.
type limit struct {
	percent int
	idle    *time.Timer
}

// Limit limits the garbage of the process, unless GOGC in the environment does. It starts no
// goroutine.
func Limit() {
	if os.Getenv("GOGC") != "" {
		return
	}
	l := &limit{percent: mostPercent, idle: time.AfterFunc(idleAfter, returnFree)}
	debug.SetGCPercent(l.percent)
	afterEachCollection(l.adjust)
}

// afterEachCollection calls do after each collection, in a goroutine of the runtime.
func afterEachCollection(do func()) {
	type canary struct{ _ *byte } // a type without pointers could share its memory with others
	runtime.AddCleanup(&canary{}, func(do func()) {
		do()
		afterEachCollection(do)
	}, do)
}

func (l *limit) adjust() {
	if p := percentOf(measure(liveBytes), measure(scannedBytes)); p != l.percent {
		l.percent = p
		debug.SetGCPercent(p)
	}
	l.idle.Reset(idleAfter)
}

// percentOf returns the garbage to allow, in percent of the bytes in use. If little is in use,
// the heap may grow to smallHeap. Otherwise the garbage may be an eighth of the bytes in use, or as
// much as the collector scans. It does not scan rows, so long runs are collected at little cost.
func percentOf(used, scanned uint64) int {
	garbage := max(min(scanned, used), used/8) // scanned also counts what was allocated since
	if used < smallHeap {
		garbage = max(garbage, smallHeap-used)
	}
	return int(min(100*garbage/max(used, 1), mostPercent))
}

// returnFree gives the memory of an idle process back to the system.
func returnFree() {
	if measure(freeBytes) > mostFree {
		debug.FreeOSMemory()
	}
}

// Measures of runtime/metrics.
const (
	liveBytes    = "/gc/heap/live:bytes"
	scannedBytes = "/gc/scan/heap:bytes"
	freeBytes    = "/memory/classes/heap/free:bytes"
)

// measure returns a measure. It panics if the runtime does not know the name.
func measure(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
