package snapshot_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// forge changes the footer of a file and corrects its hashes. It returns nil if content has no
// footer.
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
	editGroups(md, func(i int, g *snapshot.Group) {
		start, end := 0, len(pages)
		if i > 0 {
			start = int(*md.RowGroups[i].Columns[0].MetaData.DictionaryPageOffset)
		}
		if i+1 < len(md.RowGroups) {
			end = int(*md.RowGroups[i+1].Columns[0].MetaData.DictionaryPageOffset)
		}
		sum := sha256.Sum256(pages[start:end])
		g.PagesSHA256 = hex.EncodeToString(sum[:])
	})
	layout, err := layoutSHA256(md)
	if err != nil {
		return nil
	}
	set(md, "layout_sha256", layout)
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

// layoutSHA256 returns the hash, in hex, of the footer without its key-value metadata.
func layoutSHA256(md *metadata.FileMetaData) (string, error) {
	layout := *md.FileMetaData
	layout.KeyValueMetadata = nil
	h := sha256.New()
	_, err := (&metadata.FileMetaData{FileMetaData: &layout}).WriteTo(h, nil)
	return hex.EncodeToString(h.Sum(nil)), err
}

// editGroups changes the metadata of each group.
func editGroups(md *metadata.FileMetaData, edit func(i int, g *snapshot.Group)) {
	for _, kv := range md.KeyValueMetadata() {
		var groups []snapshot.Group
		if strings.Count(kv.GetValue(), "{") != len(md.RowGroups) {
			continue // the test forged the list itself; leave it
		}
		if kv.Key == "statsmirror.groups" && json.Unmarshal([]byte(kv.GetValue()), &groups) == nil {
			for i := range groups {
				edit(i, &groups[i])
			}
			text, _ := json.Marshal(groups)
			set(md, "groups", string(text))
		}
	}
}

func set(md *metadata.FileMetaData, key, value string) {
	for _, kv := range md.KeyValueMetadata() {
		if kv.Key == "statsmirror."+key {
			kv.Value = &value
		}
	}
}

// allocated returns how many bytes operate allocates. Nothing else may run meanwhile.
func allocated(operate func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	operate()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileCountsAllocateNothing(t *testing.T) {
	content, most := encode(t, sample()), uint64(0)
	claims := []int64{-1, 0, 1000, 8_600_000_000, math.MaxInt64}
	for _, rows := range claims {
		forged := forge(content, func(md *metadata.FileMetaData) {
			md.NumRows, md.RowGroups[0].NumRows = rows, rows
			for _, c := range md.RowGroups[0].Columns {
				c.MetaData.NumValues = rows
			}
			editGroups(md, func(_ int, g *snapshot.Group) { g.TrainingRows, g.ValidationRows = rows, rows })
			set(md, "training_rows", fmt.Sprint(rows))
			set(md, "validation_rows", fmt.Sprint(rows))
		})
		bytesUsed := allocated(func() {
			if s, err := decode(forged); err == nil {
				t.Errorf("%d rows: %+v", rows, s)
			}
			if _, err := snapshot.ReadMeta(bytes.NewReader(forged), int64(len(forged))); err != nil && rows == 1000 {
				t.Errorf("%d rows: metadata: %v", rows, err)
			}
		})
		if bytesUsed > 16<<20 {
			t.Errorf("a claim of %d rows took %d bytes", rows, bytesUsed)
		}
		most = max(most, bytesUsed)
	}
	t.Logf("%d claims, at most %d KiB", len(claims), most>>10)
}

// TestHostileColumnHasMoreThanClaimed has a footer that claims fewer values than the groups hold;
// readers bound the values by the claim.
func TestHostileColumnHasMoreThanClaimed(t *testing.T) {
	content := encode(t, validations(1, 1, 100, 1000))
	forged := forge(content, func(md *metadata.FileMetaData) { md.RowGroups[0].Columns[4].MetaData.NumValues = 10 })
	if s, err := decode(forged); err == nil {
		t.Errorf("read %d rows", s.Validation.Len())
	}
}

// zeros returns a zstd frame that unpacks to n zeros, with or without its size.
func zeros(n int, told bool) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 56} // a window of 128 KiB
	if told {
		frame[4] = 0xc0
		frame = binary.LittleEndian.AppendUint64(frame, uint64(n))
	}
	const block, repeated = 128 << 10, 1 << 1
	for left := n / block; left > 0; left-- {
		header := block<<3 | repeated
		if left == 1 {
			header |= 1 // the last block
		}
		frame = append(frame, byte(header), byte(header>>8), byte(header>>16), 0)
	}
	return frame
}

// TestHostilePageUnpacksToGigabytes has a page with a true header whose content unpacks to far
// more.
func TestHostilePageUnpacksToGigabytes(t *testing.T) {
	const bomb = 256 << 20
	tests := map[string]struct {
		page  []byte
		codec string
	}{
		"told":   {zeros(bomb, true), "ZSTD"},
		"untold": {zeros(bomb, false), "ZSTD"},
		"snappy": {binary.AppendUvarint(nil, bomb), "SNAPPY"}, // it begins with the size
	}
	most := uint64(0)
	for name, test := range tests {
		content := encode(t, training(60_000))
		var chunk []byte
		forge(content, func(md *metadata.FileMetaData) {
			loss := md.RowGroups[0].Columns[2].MetaData
			chunk = content[loss.DataPageOffset:][:loss.TotalCompressedSize]
		})
		page := chunk[bytes.Index(chunk, zeros(0, false)[:4]):]
		rest := page[copy(page, test.page):]
		binary.LittleEndian.PutUint32(rest, 0x184d2a50) // a skippable frame
		binary.LittleEndian.PutUint32(rest[4:], uint32(len(rest)-8))
		forged := forge(content, func(md *metadata.FileMetaData) {
			if err := md.RowGroups[0].Columns[2].MetaData.Codec.UnmarshalText([]byte(test.codec)); err != nil {
				t.Fatal(err)
			}
		})
		bytesUsed := allocated(func() {
			_, err := decode(forged)
			if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
				t.Errorf("%s: error is %v", name, err)
			}
		})
		if bytesUsed > 64<<20 {
			t.Errorf("%s: a file of %d bytes took %d", name, len(forged), bytesUsed)
		}
		most = max(most, bytesUsed)
	}
	t.Logf("%d pages that unpack to %d MiB, at most %d KiB", len(tests), bomb>>20, most>>10)
}

// TestHostileFooterOfGigabytes reads a sparse file whose end claims a footer of nearly the whole
// file.
func TestHostileFooterOfGigabytes(t *testing.T) {
	const size = 5 << 30
	f, err := os.Create(filepath.Join(t.TempDir(), "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tail := append(binary.LittleEndian.AppendUint32(nil, math.MaxUint32), "PAR1"...)
	if _, err := f.WriteAt(tail, size-int64(len(tail))); err != nil {
		t.Fatal(err)
	}
	bytesUsed := allocated(func() {
		_, err := snapshot.ReadMeta(f, size)
		if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
			t.Errorf("error is %v", err)
		}
	})
	if bytesUsed > 1<<20 {
		t.Errorf("allocated %d bytes", bytesUsed)
	}
}

// TestFooterThatWouldNotBeRead shows that a writer writes no footer that readers refuse.
func TestFooterThatWouldNotBeRead(t *testing.T) {
	s := sample()
	s.Sources = slices.Repeat([]store.Source{{Path: strings.Repeat("x", 1<<19)}}, 34)
	if _, err := snapshot.Write(io.Discard, s); err == nil || !strings.Contains(err.Error(), "the footer would have") {
		t.Errorf("error is %v", err)
	}
}

// FuzzRead reads files as they are, and with corrected hashes, so that damage reaches the decoder.
// Rows that are read must be in order, and must survive writing and reading again.
func FuzzRead(f *testing.F) {
	for _, s := range []*snapshot.Snapshot{sample(), training(10), validations(2, 1, 2, 3), {Run: "empty", Generation: 1}} {
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
	released, err := filepath.Glob("testdata/released/*" + snapshot.Suffix) // their pages have no checksums
	if err != nil || len(released) == 0 {
		f.Fatal(len(released), " released files, ", err)
	}
	for _, name := range released {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var s *snapshot.Snapshot
		var err error
		checkMemory(t, content, &s, func() { s, err = decode(content) })
		if err == nil {
			checkRead(t, s)
		} else if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
			t.Errorf("error is %v", err)
		}
		forged := forge(content, func(*metadata.FileMetaData) {})
		checkMemory(t, forged, &s, func() { s, err = snapshot.ReadRows(bytes.NewReader(forged), int64(len(forged))) })
		if err == nil {
			checkRead(t, s)
		}
	})
}

// checkMemory checks that reading content allocates little more than the rows themselves.
func checkMemory(t *testing.T, content []byte, rows **snapshot.Snapshot, read func()) {
	t.Helper()
	got := allocated(read)
	most := uint64(64<<20 + 256*len(content))
	if s := *rows; s != nil {
		scores := s.Validation.Scores
		most += uint64(64 * (s.Training.Len() + s.Validation.Len() + scores.Middle.Len() + scores.Inner.Len() + scores.Values.Len()))
	}
	if got > most {
		t.Errorf("%d bytes allocated %d; their content may take %d", len(content), got, most)
	}
}

func checkRead(t *testing.T, s *snapshot.Snapshot) {
	t.Helper()
	for _, iterations := range [][]int64{list(s.Training.Iteration), list(s.Validation.Iteration)} {
		if !slices.IsSorted(iterations) || len(slices.Compact(slices.Clone(iterations))) < len(iterations) {
			t.Error("rows are not in order of iteration, each once")
		}
	}
	if s.Training.Loss.Len() != s.Training.Iteration.Len() || s.Training.Time.Len() != s.Training.Iteration.Len() ||
		s.Validation.Scores.Len() != s.Validation.Iteration.Len() {
		t.Fatal("columns differ in length")
	}
	var b bytes.Buffer
	if _, err := snapshot.Write(&b, s); err != nil {
		return // so many values in so few bytes that readers would refuse it
	}
	again, err := decode(b.Bytes())
	if err != nil || !same(s, again) {
		t.Errorf("write again: %v", err)
	}
}
