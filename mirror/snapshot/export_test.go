package snapshot

import (
	"errors"
	"io"

	"statsmirror/mirror/snapshot/internal/parquet"
)

// EscapeText returns the text of bytes.
var EscapeText = escapeText

// Group is the metadata of a group of rows.
type Group = group

// ReadRows is Read without comparing the rows with the hashes in the metadata, as if the hashes had
// been forged too.
func ReadRows(r io.ReaderAt, size int64) (s *Snapshot, err error) {
	f, err := Open(r, size)
	if err != nil {
		return nil, err
	}
	s = &Snapshot{Run: f.footer.Run, Generation: f.footer.Generation, Sources: f.footer.Sources}
	for i := range f.footer.groups {
		err = errors.Join(err, f.decode(i, s))
	}
	return s, f.in.judge(err)
}

// DecodeGroups is Verify without comparing the rows with the hashes in the metadata.
func DecodeGroups(r io.ReaderAt, size int64) (err error) {
	f, err := Open(r, size)
	if err != nil {
		return err
	}
	s := &Snapshot{}
	for i := range f.footer.groups {
		s.reset()
		err = errors.Join(err, f.checkPages(i), f.decode(i, s))
	}
	return f.in.judge(err)
}

// WritePlain is Write without compression, so that a fuzzer changes values.
func WritePlain(w io.Writer, s *Snapshot) error {
	return writeUnbounded(w, s, parquet.Uncompressed)
}

// WriteUnbounded is Write without the bound on the memory of the rows.
func WriteUnbounded(w io.Writer, s *Snapshot) error { return writeUnbounded(w, s, parquet.Zstd) }

func writeUnbounded(w io.Writer, s *Snapshot, codec int64) error {
	out, f := newOutput(w), &footer{Meta: s.meta()}
	defer out.free()
	out.pages.Codec = codec
	if err := out.encode(s.whole(), s.Run, f); err != nil {
		return err
	}
	f.ContentSHA256, f.Losses = contentSHA256(f.groups), lossesOfAll(f.groups)
	return out.finish(f)
}

// Groups returns the number of groups.
func (f *File) Groups() int { return len(f.footer.groups) }

// InGroupsOf returns s, which will be written in groups of n training stats.
func InGroupsOf(s *Snapshot, n int) *Snapshot {
	for trained := n; ; trained += n {
		trained = min(trained, s.Training.Len())
		last := s.Training.Iteration.At(trained - 1)
		end := groupEnd{trained, behind(s.Validation.Iteration, 0, s.Validation.Len(), last)}
		if trained == s.Training.Len() {
			end.validated = s.Validation.Len()
		}
		if s.groups = append(s.groups, end); trained == s.Training.Len() {
			return s
		}
	}
}
