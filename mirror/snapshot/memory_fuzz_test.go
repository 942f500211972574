//go:build !race

// The race detector would take several times the memory.

package snapshot_test

import (
	"bytes"
	"errors"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"

	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// FuzzMemory treats files as a service treats those in a backup: as they are, and with corrected
// hashes and an element many times in a list of the metadata. The size of the file bounds all
// memory that is alive at any time.
func FuzzMemory(f *testing.F) {
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // so that the peak is little more than what is in use
	one := encode(f, training(1))
	for _, b := range bombs(f, 400) {
		f.Add(b.make(), false, "", uint(0))
	}
	for _, element := range []string{"{}", emptyGroup, emptySource, "[", "[0,0]", `{"null_training":[[0,0]]}`} {
		f.Add(one, false, element, uint(1<<20))
		f.Add(one, true, element, uint(1<<20))
	}
	f.Fuzz(func(t *testing.T, content []byte, sources bool, element string, times uint) {
		key := "groups"
		if sources {
			key = "sources"
		}
		const most = 1 << 20 // bytes of a list, so that the fuzzer tries many
		forged := withList(content, key, element, int(min(times, uint(most/(len(element)+1)))))
		if element == "" {
			forged = forge(content, func(*metadata.FileMetaData) {})
		}
		checkAlive(t, content, func() error { return adopt(content) })
		checkAlive(t, forged, func() error {
			return errors.Join(adopt(forged), snapshot.DecodeGroups(bytes.NewReader(forged), int64(len(forged))))
		})
	})
}

// checkAlive fails the test if, while read runs, more bytes are alive than the size of content
// allows.
func checkAlive(t *testing.T, content []byte, read func() error) {
	t.Helper()
	runtime.GC()
	before, most := alive(), uint64(0)
	done, measured := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(measured)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			most = max(most, alive())
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	_ = read() // FuzzRead checks the errors
	close(done)
	<-measured
	took := int64(most - min(most, before))
	t.Logf("%d bytes took %d KiB", len(content), took>>10)
	if took > limit(int64(len(content))) {
		t.Errorf("%d bytes took %d, limit %d", len(content), took, limit(int64(len(content))))
	}
}

// alive returns how many bytes were alive after the last garbage collection.
func alive() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
