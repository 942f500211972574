package snapshot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
)

// TestHostileFooterClaimsMillions reads a file of 27 bytes whose
// footer has a list of 90 million elements.
func TestHostileFooterClaimsMillions(t *testing.T) {
	footer := []byte{0x15, 0x02, 0x19, 0xfc} // version 1, a list of structures
	footer = binary.AppendUvarint(footer, 90_000_000)
	content := append([]byte("PAR1"), footer...)
	content = binary.LittleEndian.AppendUint32(content, uint32(len(footer)))
	content = append(content, "PAR1"...)

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadMeta(bytes.NewReader(content), int64(len(content)))
	runtime.ReadMemStats(&after)
	if _, ok := errors.AsType[*DamagedError](err); !ok {
		t.Errorf("error is %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}
