package snapshot_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"testing"

	"statsmirror/mirror/snapshot"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// forge changes the footer of a file and makes its hashes agree again. It
// returns nil if content has no footer.
func forge(content []byte, edit func(*metadata.FileMetaData)) (forged []byte) {
	defer func() {
		if recover() != nil { // the decoder panics on some footers
			forged = nil
		}
	}()
	pr, err := file.NewParquetReader(bytes.NewReader(content))
	if err != nil {
		return nil
	}
	md := pr.MetaData()
	edit(md)
	tail := len(content) - 8
	pages := content[:tail-int(binary.LittleEndian.Uint32(content[tail:]))]
	sum := sha256.Sum256(pages)
	set(md, "pages_sha256", hex.EncodeToString(sum[:]))
	lines := sha256.New()
	for _, kv := range md.KeyValueMetadata() {
		if kv.Value != nil && kv.Key != "statsmirror.metadata_sha256" {
			fmt.Fprintf(lines, "%s=%s\n", kv.Key, *kv.Value)
		}
	}
	set(md, "metadata_sha256", hex.EncodeToString(lines.Sum(nil)))
	var footer bytes.Buffer
	if _, err := md.WriteTo(&footer, nil); err != nil {
		return nil
	}
	forged = append(bytes.Clone(pages), footer.Bytes()...)
	forged = binary.LittleEndian.AppendUint32(forged, uint32(footer.Len()))
	return append(forged, "PAR1"...)
}

func set(md *metadata.FileMetaData, key, value string) {
	for _, kv := range md.KeyValueMetadata() {
		if kv.Key == "statsmirror."+key {
			kv.Value = &value
		}
	}
}

// allocated returns how many bytes operate allocates, while nothing else runs.
func allocated(operate func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	operate()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestClaimedCountsAllocateNothing(t *testing.T) {
	content := encode(t, sample())
	for _, rows := range []int64{-1, 0, 1000, 8_600_000_000, math.MaxInt64} {
		forged := forge(content, func(md *metadata.FileMetaData) {
			md.NumRows, md.RowGroups[0].NumRows = rows, rows
			for _, c := range md.RowGroups[0].Columns {
				c.MetaData.NumValues = rows
			}
			for _, key := range []string{"training_rows", "validation_rows"} {
				set(md, key, fmt.Sprint(rows))
			}
		})
		bytesUsed := allocated(func() {
			if s, err := decode(forged); err == nil {
				t.Errorf("%d rows: %+v", rows, s)
			}
			if _, err := snapshot.ReadMeta(bytes.NewReader(forged), int64(len(forged))); err != nil && rows > 0 {
				t.Errorf("%d rows: metadata: %v", rows, err)
			}
		})
		if bytesUsed > 16<<20 {
			t.Errorf("a claim of %d rows took %d bytes", rows, bytesUsed)
		}
	}
}

// FuzzForged reaches what the hashes keep from the decoder. What is read of a
// forged file can be written.
func FuzzForged(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		forged := forge(content, func(*metadata.FileMetaData) {})
		if forged == nil {
			return
		}
		s, err := decode(forged)
		if err != nil {
			return
		}
		again, err := decode(encode(t, s))
		if err != nil || !same(s, again) {
			t.Errorf("written again: %v", err)
		}
	})
}
