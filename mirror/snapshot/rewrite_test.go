package snapshot

import (
	"bytes"
	"testing"
)

// TestRowsStayInTheGroupsTheyWereReadIn rewrites rows in groups that Write would not choose. The file stays the same, and so does the hash of its content.
func TestRowsStayInTheGroupsTheyWereReadIn(t *testing.T) {
	t.Parallel()
	s := &Snapshot{Run: "run", Generation: 1}
	for i := range 20_000 {
		s.Training.Iteration.Append(int64(i))
		s.Training.Loss.Append(float64(i))
		s.Training.Time.Append(1)
		if i%1000 == 0 {
			s.Validation.Iteration.Append(int64(i))
			s.Validation.Scores.BeginRow()
		}
	}
	usual := ContentSHA256(s)
	s.groups = []groupEnd{{12_000, 12}, {20_000, 20}}
	var file bytes.Buffer
	meta, err := Write(&file, s)
	if err != nil {
		t.Fatal(err)
	}
	if meta.ContentSHA256 == usual {
		t.Fatal("the file has the usual groups")
	}
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read, err := f.ReadFrom(0)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if _, err := Write(&again, read); err != nil || !bytes.Equal(again.Bytes(), file.Bytes()) {
		t.Errorf("%d bytes, want %d: %v", again.Len(), file.Len(), err)
	}
	if got := ContentSHA256(read); got != meta.ContentSHA256 {
		t.Errorf("hash %s, want %s", got, meta.ContentSHA256)
	}
	read.Training.Iteration.Append(20_000)
	read.Training.Loss.Append(0)
	read.Training.Time.Append(0)
	if first, _ := read.whole().cut(); first.trainedTo != leastRows {
		t.Errorf("changed rows are cut after %d", first.trainedTo)
	}
}
