package snapshot_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"sort"
	"testing"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"

	"github.com/apache/arrow-go/v18/parquet/metadata"
	"pgregory.net/rapid"
)

func TestReadReturnsWrittenSnapshot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := drawSnapshot(rt)
		content := encode(t, want)
		got, err := decode(content)
		if err != nil {
			rt.Fatal(err)
		}
		if !same(want, got) {
			rt.Fatalf("read %+v, wrote %+v", got, want)
		}
		if !bytes.Equal(content, encode(t, got)) {
			rt.Fatal("equal snapshots give different bytes")
		}
		meta, err := snapshot.ReadMeta(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			rt.Fatal(err)
		}
		if meta.Run != want.Run || meta.Generation != want.Generation || meta.ContentSHA256 != snapshot.ContentSHA256(want) ||
			meta.Losses != snapshot.LossesOf(want.Training) ||
			meta.TrainedUntil != want.Training.TrainedUntil() || meta.ValidationRows != int64(want.Validation.Len()) {
			rt.Fatalf("metadata is %+v", meta)
		}
	})
}

func TestManyPagesAreRead(t *testing.T) {
	t.Parallel()
	for _, want := range []*snapshot.Snapshot{training(150_000), validations(50, 3, 20, 30)} {
		got, err := decode(encode(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if !same(want, got) {
			t.Error("a different snapshot is read")
		}
	}
}

// Rows with the highest compression are still accepted.
func TestManyNullsAreRead(t *testing.T) {
	t.Parallel()
	want := &snapshot.Snapshot{Run: "run", Generation: 1}
	for i := range int64(200_000) {
		want.Training.Iteration.Append(i)
		want.Training.Loss.AppendNull()
		want.Training.Time.AppendNull()
	}
	content := encode(t, want)
	if got, err := decode(content); err != nil || !same(want, got) {
		t.Errorf("%d bytes: %v", len(content), err)
	}
}

// TestExtendWritesWhatWriteDoes extends snapshots of several groups. It keeps none, some or all of
// the groups that can be kept. The file must equal that of all rows, byte for byte.
func TestExtendWritesWhatWriteDoes(t *testing.T) {
	t.Parallel()
	rows := training(200_000)
	scored := training(150_000)
	scored.Validation = validations(700, 3, 20, 30).Validation // two groups for the scores alone
	for i := range scored.Validation.Iteration.Len() {
		scored.Validation.Iteration.Set(i, int64(i)*30+int64(i%2)*500_000) // half of them beyond the training
	}
	scored.Validation = store.Normalise(scored.Validation)
	early := training(140_000) // until is 0
	for i := range early.Training.Len() {
		early.Training.Iteration.Set(i, int64(i)-140_000)
	}
	for name, all := range map[string]*snapshot.Snapshot{"training": rows, "scores": scored, "negative": early} {
		want := encode(t, all)
		for _, until := range []int64{-60_000, 0, 65_536, 70_000, 149_999, 510_000} {
			content := encode(t, below(all, until))
			base, err := snapshot.Open(bytes.NewReader(content), int64(len(content)))
			if err != nil {
				t.Fatal(err)
			}
			most := base.GroupsBelow(until)
			for _, keep := range slices.Compact([]int{0, most / 3, most - most/4, most}) {
				tail, err := base.ReadFrom(keep)
				if err != nil {
					t.Fatal(err)
				}
				add(tail, all, until)
				var got bytes.Buffer
				if _, err := snapshot.Extend(&got, base, keep, tail); err != nil || !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%s from %d, %d groups kept: %d bytes, want %d: %v", name, until, keep, got.Len(), len(want), err)
				}
			}
		}
	}
}

// below returns the rows of s with iterations below until.
func below(s *snapshot.Snapshot, until int64) *snapshot.Snapshot {
	some := &snapshot.Snapshot{Run: s.Run, Generation: s.Generation}
	n := sort.Search(s.Training.Len(), func(i int) bool { return s.Training.Iteration.At(i) >= until })
	m := sort.Search(s.Validation.Len(), func(i int) bool { return s.Validation.Iteration.At(i) >= until })
	some.Training = store.Append(store.TrainingStats{}, s.Training, 0, n)
	some.Validation = store.Append(store.ValidationScores{}, s.Validation, 0, m)
	return some
}

// add adds the rows of all from iteration from on.
func add(s, all *snapshot.Snapshot, from int64) {
	n := sort.Search(all.Training.Len(), func(i int) bool { return all.Training.Iteration.At(i) >= from })
	m := sort.Search(all.Validation.Len(), func(i int) bool { return all.Validation.Iteration.At(i) >= from })
	s.Training = store.Append(s.Training, all.Training, n, all.Training.Len())
	s.Validation = store.Append(s.Validation, all.Validation, m, all.Validation.Len())
}

// TestExtendBetweenGroups adds a row between two groups that were separated because of their
// scores. The row fits in the first.
func TestExtendBetweenGroups(t *testing.T) {
	t.Parallel()
	base := validations(3, 1, 1, 700_000) // at 0, 1000 and 2000
	content := encode(t, base)
	file, err := snapshot.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	keep := file.GroupsBelow(1500)
	tail, err := file.ReadFrom(keep)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*snapshot.Snapshot{base, tail} {
		s.Training.Iteration.Append(1500)
		s.Training.Loss.Append(1)
		s.Training.Time.Append(1)
	}
	var got bytes.Buffer
	if _, err := snapshot.Extend(&got, file, keep, tail); err != nil || !bytes.Equal(got.Bytes(), encode(t, base)) {
		t.Errorf("%d groups kept: %d bytes: %v", keep, got.Len(), err)
	}
	if keep := file.GroupsBelow(2001); keep != 2 {
		t.Errorf("a row at the end keeps %d groups of three", keep)
	}
}

func TestExtendNoticesDamage(t *testing.T) {
	t.Parallel()
	all := training(140_000)
	content := encode(t, all)
	content[1000] ^= 1
	base, err := snapshot.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	tail, err := base.ReadFrom(2)
	if err != nil {
		t.Fatal(err)
	}
	_, err = snapshot.Extend(io.Discard, base, 2, tail)
	if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
		t.Error("a damaged group was copied")
	}
}

func TestLosses(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		losses []float64
		want   snapshot.Losses
	}{
		{nil, snapshot.Losses{Last: "null", Best: "null"}},
		{[]float64{0.5, 0.25, 1}, snapshot.Losses{Last: "1", Best: "0.25"}},
		{[]float64{3, nan}, snapshot.Losses{Last: "NaN", Best: "3"}},
		{[]float64{-inf, inf}, snapshot.Losses{Last: "Infinity", Best: "null"}},
		{[]float64{nan, 1e-300}, snapshot.Losses{Last: "1e-300", Best: "1e-300"}},
	} {
		var s store.TrainingStats
		for i, v := range c.losses {
			s.Iteration.Append(int64(i))
			s.Loss.Append(v)
		}
		if got := snapshot.LossesOf(s); got != c.want {
			t.Errorf("of %v: %+v", c.losses, got)
		}
	}
}

// Wrong or missing losses are damage.
func TestWrongLossesAreDamage(t *testing.T) {
	t.Parallel()
	content := encode(t, sample())
	for _, text := range []string{"7", "", "7.0", "inf", "nan", "\x1b[2J"} {
		forged := forge(content, func(md *metadata.FileMetaData) { set(md, "best_loss", text) })
		if _, err := decode(forged); err == nil {
			t.Errorf("a best loss of %q is accepted", text)
		}
		if _, err := snapshot.ReadMeta(bytes.NewReader(forged), int64(len(forged))); err == nil && text != "7" {
			t.Errorf("the metadata tells %q", text)
		}
	}
}

// check checks that damaged content is found to be damaged, or else is harmless.
func check(t *testing.T, content []byte, want *snapshot.Snapshot) {
	t.Helper()
	got, err := decode(content)
	if err != nil {
		if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
			t.Errorf("error is %v", err)
		}
		return
	}
	if !same(got, want) {
		t.Error("different rows are read")
	}
}

func TestTruncatedFilesAreDamaged(t *testing.T) {
	t.Parallel()
	content := encode(t, sample())
	for n := range content {
		if _, err := decode(content[:n]); err == nil {
			t.Errorf("the first %d bytes of %d are accepted", n, len(content))
		}
		check(t, content[:n], nil)
	}
}

func TestFlippedBytesChangeNothingUnseen(t *testing.T) {
	t.Parallel()
	want := sample()
	content := encode(t, want)
	for i := 0; i < len(content); i += 3 {
		flip := byte(1) << (i % 8)
		content[i] ^= flip
		check(t, content, want)
		content[i] ^= flip
	}
}

// TestFilesThatVerifyPagesAcceptsAreReadable flips each bit of a footer. A file that VerifyPages
// accepts, and that is copied unchanged, must have all its rows.
func TestFilesThatVerifyPagesAcceptsAreReadable(t *testing.T) {
	t.Parallel()
	want := sample()
	content := encode(t, want)
	footer := len(content) - 8 - int(binary.LittleEndian.Uint32(content[len(content)-8:]))
	for i := footer; i < len(content); i++ {
		for bit := range 8 {
			flipped := bytes.Clone(content)
			flipped[i] ^= 1 << bit
			if _, err := snapshot.VerifyPages(bytes.NewReader(flipped), int64(len(flipped))); err != nil {
				continue
			}
			if got, err := decode(flipped); err != nil || !same(got, want) {
				t.Errorf("bit %d of byte %d of the footer: %v", bit, i-footer, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestErrorOfTheDiskIsNotDamage(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	_, err := snapshot.Read(failing{broken}, 1000)
	if _, damaged := errors.AsType[*snapshot.DamagedError](err); damaged || !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	_, err = snapshot.ReadMeta(failing{io.EOF}, 1000)
	if _, damaged := errors.AsType[*snapshot.DamagedError](err); !damaged {
		t.Errorf("error is %v", err)
	}
}

func TestContentIsOfRowsOnly(t *testing.T) {
	t.Parallel()
	a, b := sample(), sample()
	b.Run, b.Generation, b.Sources = "other", 9, nil
	if snapshot.ContentSHA256(a) != snapshot.ContentSHA256(b) {
		t.Error("the hash covers more than the rows")
	}
	b.Training.Loss.Values.Set(1, 0)
	if snapshot.ContentSHA256(a) == snapshot.ContentSHA256(b) {
		t.Error("0 and -0 have the same hash")
	}
}

// full is a disk with room for a number of bytes.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestErrorOfTheWriterIsReturned(t *testing.T) {
	t.Parallel()
	s := sample()
	for room := 0; room < len(encode(t, s)); room += 41 {
		if _, err := snapshot.Write(&full{room}, s); !errors.Is(err, errFull) {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
	}
}

// TestWriteToNoticesAChange changes a byte of a page before it is copied.
func TestWriteToNoticesAChange(t *testing.T) {
	content := encode(t, sample())
	f, err := snapshot.Open(bytes.NewReader(content), int64(len(content)))
	if err == nil {
		err = f.Verify()
	}
	if err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	if n, err := f.WriteTo(&copied); err != nil || n != int64(len(content)) || !bytes.Equal(copied.Bytes(), content) {
		t.Errorf("%d bytes were written: %v", n, err)
	}
	content[100] ^= 1
	if f, err = snapshot.Open(bytes.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteTo(io.Discard)
	if _, ok := errors.AsType[*snapshot.DamagedError](err); !ok {
		t.Errorf("error is %v", err)
	}
}
