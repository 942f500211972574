package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sort"
)

// Read reads a snapshot of size bytes and compares its rows with the hashes in its metadata. An
// error is a *DamagedError, unless r returned it.
func Read(r io.ReaderAt, size int64) (*Snapshot, error) {
	f, err := Open(r, size)
	if err != nil {
		return nil, err
	}
	return f.ReadFrom(0)
}

// ReadMeta reads the metadata of a snapshot of size bytes, not its rows. An error is a
// *DamagedError, unless r returned it.
func ReadMeta(r io.ReaderAt, size int64) (Meta, error) {
	f, err := Open(r, size)
	if err != nil {
		return Meta{}, err
	}
	return f.Meta(), nil
}

// Verify opens a snapshot of size bytes, verifies it, and returns the metadata.
func Verify(r io.ReaderAt, size int64) (Meta, error) {
	f, err := Open(r, size)
	if err != nil {
		return Meta{}, err
	}
	return f.Meta(), f.Verify()
}

// Verify makes all checks of Read. It keeps the rows of one group at a time.
func (f *File) Verify() error {
	t := &totals{}
	err := f.eachGroup(func(_ int, s *Snapshot) error {
		t.add(s)
		return nil
	})
	if err != nil {
		return err
	}
	return f.in.judge(f.check(t))
}

// eachGroup calls do with the rows of each group, and reuses their memory for the next.
func (f *File) eachGroup(do func(i int, s *Snapshot) error) error {
	s := &Snapshot{}
	for i := range f.footer.groups {
		s.reset()
		if err := f.read(i, s); err != nil {
			return err
		}
		if err := do(i, s); err != nil {
			return err
		}
	}
	return nil
}

// VerifyPages finds changes since the file was written, and returns the metadata. It does not
// examine the rows.
func VerifyPages(r io.ReaderAt, size int64) (Meta, error) {
	f, err := Open(r, size)
	if err != nil {
		return Meta{}, err
	}
	for i := range f.footer.groups {
		if err := f.in.judge(f.checkPages(i)); err != nil {
			return Meta{}, err
		}
	}
	return f.Meta(), nil
}

// Meta returns the metadata.
func (f *File) Meta() Meta { return f.footer.Meta }

// GroupsBelow returns how many groups stay unchanged if rows from an iteration on are added. All
// their iterations must be lower. They must be full, or the row before which they ended must still
// come next.
func (f *File) GroupsBelow(iteration int64) int {
	n := max(0, len(f.footer.groups)-1)
	below := sort.Search(n, func(i int) bool { return f.footer.groups[i].Last >= iteration })
	if below > 0 && f.footer.groups[below].Last >= iteration && f.rows(below)-f.rows(below-1) < fullRows(f.rows(below-1)) {
		below-- // the new row may come before the row that had no room in it
	}
	return below
}

// rows returns the number of rows in the first groups.
func (f *File) rows(groups int) (n int) {
	for i := range groups {
		n += int(f.groups[i].Rows)
	}
	return n
}

// RowsFrom returns the number of rows of each kind, without those in the first groups.
func (f *File) RowsFrom(group int) (training, validation int64) {
	for _, g := range f.footer.groups[group:] {
		training += g.TrainingRows
		validation += g.ValidationRows
	}
	return training, validation
}

// ReadFrom reads the rows of all groups but the first ones, and compares them with the hashes in
// the metadata.
func (f *File) ReadFrom(group int) (*Snapshot, error) {
	s := &Snapshot{Run: f.footer.Run, Generation: f.footer.Generation, Sources: f.footer.Sources, Ended: f.footer.Ended}
	for i := group; i < len(f.footer.groups); i++ {
		if err := f.read(i, s); err != nil {
			return nil, err
		}
	}
	if group > 0 {
		return s, nil
	}
	t := &totals{}
	t.add(s)
	return s, f.in.judge(f.check(t))
}

// read adds the rows of group i to s, and compares them with the hashes in the metadata. If
// decoding panics, the file counts as damaged: no file may stop the service.
func (f *File) read(i int, s *Snapshot) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = damagedf("decode group %d: %v", i, fault)
		}
		err = f.in.judge(err)
	}()
	return f.readGroup(i, s)
}

func (f *File) readGroup(i int, s *Snapshot) error {
	if err := f.checkPages(i); err != nil {
		return err
	}
	trained, validated := s.Training.Len(), s.Validation.Len()
	if err := f.decode(i, s); err != nil {
		return err
	}
	s.groups = append(s.groups, groupEnd{s.Training.Len(), s.Validation.Len()})
	g := f.footer.groups[i]
	if int64(s.Training.Len()-trained) != g.TrainingRows || int64(s.Validation.Len()-validated) != g.ValidationRows {
		return damagedf("group %d does not have the rows that its metadata describes", i)
	}
	if trainingSHA256(s.Training, trained, s.Training.Len()) != g.TrainingSHA256 ||
		validationSHA256(s.Validation, validated, s.Validation.Len()) != g.ValidationSHA256 {
		return damagedf("the rows of group %d do not match their SHA-256", i)
	}
	if lossesOf(s.Training, trained, s.Training.Len()) != g.Losses {
		return damagedf("the losses of group %d differ from those in its metadata", i)
	}
	return nil
}

// decode adds the rows of group i to s.
func (f *File) decode(i int, s *Snapshot) error {
	r := newGroupReader(f, i)
	defer r.free()
	return r.read(escapeText(f.footer.Run), s)
}

// checkPages finds damage before anything is decoded.
func (f *File) checkPages(i int) error {
	from, to := f.starts[i], f.starts[i+1]
	if err := f.in.hold(from, to); err != nil {
		return err
	}
	h := sha256.New()
	if err := f.in.pass(from, to, h); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != f.footer.groups[i].PagesSHA256 {
		return damagedf("the pages of group %d do not match their SHA-256", i)
	}
	return nil
}

// totals adds up the metadata of all groups.
type totals struct{ Meta }

func (t *totals) add(s *Snapshot) {
	t.TrainingRows += int64(s.Training.Len())
	t.ValidationRows += int64(s.Validation.Len())
	if s.Training.Len() > 0 {
		t.TrainedUntil = s.Training.TrainedUntil()
	}
	if s.Validation.Len() > 0 {
		t.ValidatedUntil = s.Validation.ValidatedUntil()
	}
}

func (f *File) check(t *totals) error {
	m := f.footer.Meta
	if m.TrainingRows != t.TrainingRows || m.ValidationRows != t.ValidationRows ||
		m.TrainedUntil != t.TrainedUntil || m.ValidatedUntil != t.ValidatedUntil {
		return damagedf("its rows are not those that its metadata describes")
	}
	if contentSHA256(f.footer.groups) != m.ContentSHA256 {
		return damagedf("its rows do not match their SHA-256")
	}
	if lossesOfAll(f.footer.groups) != m.Losses {
		return damagedf("its losses differ from those in its metadata")
	}
	return nil
}
