package snapshot_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
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

// FuzzRead reads files as they are, and with their hashes forged, which reaches what those
// keep from the decoder. What is read has rows in order, and can be written and read again.
func FuzzRead(f *testing.F) {
	for _, s := range []*snapshot.Snapshot{sample(), training(10), validations(2, 1, 2, 3), {Run: "empty"}} {
		f.Add(encode(f, s))
		var plain bytes.Buffer
		if err := snapshot.WritePlain(&plain, s); err != nil {
			f.Fatal(err)
		}
		if got, err := decode(plain.Bytes()); err != nil || !same(s, got) {
			f.Fatal("without compression: ", err)
		}
		f.Add(plain.Bytes())
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if s, err := decode(content); err == nil {
			checkRead(t, s)
		} else if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
			t.Errorf("error is %v", err)
		}
		forged := forge(content, func(*metadata.FileMetaData) {})
		if s, err := snapshot.ReadRows(bytes.NewReader(forged), int64(len(forged))); err == nil {
			checkRead(t, s)
		}
	})
}

func checkRead(t *testing.T, s *snapshot.Snapshot) {
	t.Helper()
	for _, iterations := range [][]int64{s.Training.Iteration, s.Validation.Iteration} {
		if !slices.IsSorted(iterations) || len(slices.Compact(slices.Clone(iterations))) < len(iterations) {
			t.Error("rows are not in order of iteration, each once")
		}
	}
	if s.Training.Loss.Len() != len(s.Training.Iteration) || s.Training.Time.Len() != len(s.Training.Iteration) ||
		s.Validation.Scores.Len() != len(s.Validation.Iteration) {
		t.Fatal("columns have not the same length")
	}
	var b bytes.Buffer
	if err := snapshot.Write(&b, s); err != nil {
		return // so few bytes hold so many values that it would not be read
	}
	again, err := decode(b.Bytes())
	if err != nil || !same(s, again) {
		t.Errorf("written again: %v", err)
	}
}
