package snapshot

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"

	"statsmirror/mirror/snapshot/internal/parquet"
)

// Write writes s as a Parquet file and returns the metadata. The rows of s must be normal:
// iterations ascend. Equal snapshots give equal bytes. Write returns an error if Read would refuse
// the file: too many values in few bytes, too long a footer, or a number in the metadata out of
// range.
func Write(w io.Writer, s *Snapshot) (Meta, error) { return write(w, nil, 0, s) }

// Extend writes the file that Write would write for the rows of the first groups of base followed
// by those of s. It does not encode the former again. If they turn out to be damaged, the error is
// a *DamagedError.
func Extend(w io.Writer, base *File, groups int, s *Snapshot) (Meta, error) {
	return write(w, base, groups, s)
}

func write(w io.Writer, base *File, groups int, s *Snapshot) (Meta, error) {
	out, f := newOutput(w), &footer{Meta: s.meta()}
	defer out.free()
	if err := out.write(base, groups, s, f); err != nil {
		return Meta{}, fmt.Errorf("write snapshot: %w", err)
	}
	return f.Meta, nil
}

// output is a Parquet file being written.
type output struct {
	w      *bufio.Writer
	n      int64     // bytes so far
	hash   hash.Hash // of the group being written
	pages  parquet.Writer
	groups []parquet.RowGroup
	raw    [][]byte // the same, as in the footer
}

// outputs keeps the buffers of outputs for reuse.
var outputs = sync.Pool{New: func() any {
	return &output{w: bufio.NewWriterSize(nil, 64<<10), hash: sha256.New()}
}}

func newOutput(w io.Writer) *output {
	o := outputs.Get().(*output)
	o.w.Reset(w)
	o.hash.Reset()
	o.n, o.groups, o.raw, o.pages.Codec = 0, nil, nil, parquet.Zstd
	return o
}

// free gives the buffers back. o must not be used afterwards.
func (o *output) free() {
	o.w.Reset(nil)
	o.pages.Reset(nil, 0)
	outputs.Put(o)
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	o.hash.Write(p[:n])
	o.n += int64(n)
	return n, err
}

func (o *output) write(base *File, groups int, s *Snapshot, f *footer) error {
	rows := s.whole()
	if groups > 0 {
		if err := o.copyGroups(base, groups, f); err != nil {
			return err
		}
		o.groups, o.raw = append(o.groups, base.groups[:groups]...), append(o.raw, base.raw[:groups]...)
		rows.before = base.rows(groups)
	}
	if err := o.encode(rows, s.Run, f); err != nil {
		return err
	}
	f.ContentSHA256, f.Losses = contentSHA256(f.groups), lossesOfAll(f.groups)
	if err := f.checkNumbers(); err != nil {
		return err
	}
	if err := o.checkMemory(f); err != nil {
		return err
	}
	return o.finish(f)
}

// checkMemory returns an error if a reader would refuse the rows because of their memory.
func (o *output) checkMemory(f *footer) error {
	for _, g := range o.groups {
		if c := g.Chunks[scoresColumn]; c.Values > mostValues(c.Size) {
			return fmt.Errorf("an iteration has %d scores in %d bytes, more than a reader accepts", c.Values, c.Size)
		}
	}
	if takes, most := memoryOf(o.groups, f.groups), mostMemory(o.n); takes > most {
		return fmt.Errorf("%d rows take %d bytes of memory, but a file of %d bytes may take only %d: they are almost all equal", f.TrainingRows+f.ValidationRows, takes, o.n, most)
	}
	return nil
}

// sum returns, in hex, the hash of the bytes written since its last call.
func (o *output) sum() string {
	defer o.hash.Reset()
	return hex.EncodeToString(o.hash.Sum(nil))
}

// copyGroups writes the first groups of base and records them in f.
func (o *output) copyGroups(base *File, groups int, f *footer) error {
	if f.TrainingRows == 0 { // f counts only the rows to come
		f.TrainedUntil = base.footer.TrainedUntil
	}
	if f.ValidationRows == 0 {
		f.ValidatedUntil = base.footer.ValidatedUntil
	}
	for i := range groups {
		g := base.footer.groups[i]
		if err := base.in.pass(base.starts[i], base.starts[i+1], o); err != nil {
			return err
		}
		if o.sum() != g.PagesSHA256 {
			return damagedf("the pages of group %d do not match their SHA-256", i)
		}
		f.groups = append(f.groups, g)
		f.TrainingRows += g.TrainingRows
		f.ValidationRows += g.ValidationRows
	}
	return nil
}

// WriteTo writes the file unchanged, and compares its pages with the hashes in the metadata.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	out := newOutput(w)
	defer out.free()
	err := out.copyGroups(f, len(f.footer.groups), &footer{})
	if err == nil {
		err = f.in.pass(out.n, f.in.Size(), out)
	}
	if err == nil {
		err = out.w.Flush()
	}
	return out.n - int64(out.w.Buffered()), err
}

// encode writes rows as row groups and records them in f.
func (o *output) encode(rows part, run string, f *footer) error {
	if o.n == 0 {
		if _, err := o.Write([]byte(parquet.Magic)); err != nil {
			return err
		}
	}
	o.pages.Reset(o, o.n)
	for first, rest := rows.cut(); !first.empty(); first, rest = rest.cut() {
		g, pages, err := o.encodeGroup(escapeText(run), first)
		if err != nil {
			return err
		}
		g.PagesSHA256 = o.sum()
		f.groups = append(f.groups, g)
		o.raw = append(o.raw, pages.Append(make([]byte, 0, 1<<10), schema, len(o.groups)))
		o.groups = append(o.groups, pages)
	}
	return nil
}

// inlineRows is how many rows and doubles are hashed before they are encoded, not beside that.
const inlineRows = 2048

// encodeGroup writes one row group.
func (o *output) encodeGroup(run string, p part) (group, parquet.RowGroup, error) {
	g := group{
		TrainingRows:   int64(p.trainedTo - p.trainedFrom),
		ValidationRows: int64(p.validatedTo - p.validatedFrom),
		Losses:         lossesOf(p.training, p.trainedFrom, p.trainedTo),
	}
	hashed := make(chan struct{})
	sum := func() {
		g.TrainingSHA256, g.ValidationSHA256 = p.trainingSHA256(), p.validationSHA256()
		close(hashed)
	}
	if g.TrainingRows+g.ValidationRows+int64(valuesOf(p.validation.Scores, p.validatedFrom, p.validatedTo)) < inlineRows {
		sum()
	} else {
		go sum()
	}
	t := newTable(p)
	pages, err := t.write(&o.pages, run)
	<-hashed
	g.Last, g.NullTraining, g.NullValidation = t.iterations[len(t.iterations)-1], t.nullTraining, t.nullValidation
	return g, pages, err
}

// finish writes the footer.
func (o *output) finish(f *footer) error {
	rows := int64(0)
	for _, g := range o.groups {
		rows += g.Rows
	}
	encoded := parquet.NewFooter(schema, o.raw, rows, "statsmirror")
	layout := sha256.Sum256(encoded.With(nil))
	f.layout = hex.EncodeToString(layout[:])
	pairs, err := f.encode()
	if err != nil {
		return err
	}
	content := encoded.With(pairs)
	if len(content) > maxFooter {
		return fmt.Errorf("the footer would have %d bytes, more than a reader accepts", len(content))
	}
	content = binary.LittleEndian.AppendUint32(content, uint32(len(content)))
	if _, err := o.Write(append(content, parquet.Magic...)); err != nil {
		return err
	}
	return o.w.Flush()
}
