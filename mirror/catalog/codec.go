package catalog

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// encoded is a record in compact form, as in memory and in the index; "" is the empty record. Most
// runs have just one existing file of each kind. Their form is plain: their stamps can be compared
// without unpacking.
type encoded string

const (
	isPlain  = 'p'
	isOther  = 'o'
	stampLen = 4 * 8
)

// encode encodes a record of a run.
func (r *Record) encode(run string) encoded {
	b := make([]byte, 0, 256)
	if r.plain(run) {
		b = append(b, isPlain)
		for _, kind := range store.Kinds {
			files := r.Seen[kind].Files
			b = append(b, byte(len(files)))
			for _, f := range files {
				b = appendStamp(b, f.Stamp)
			}
		}
	} else {
		sources, _ := json.Marshal(r) // no value of a record can fail
		b = appendText(append(b, isOther), string(sources))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Backups)))
	for _, location := range slices.Sorted(maps.Keys(r.Backups)) {
		b = appendCopies(appendText(b, location), run, r.Backups[location])
	}
	return encoded(b)
}

// plain reports whether the record of the sources is no more than the stamps of at most one file of
// each kind.
func (r *Record) plain(run string) bool {
	for kind, s := range r.Seen {
		if len(s.Files) > 1 || s.Noted != "" || s.Invalid != nil || len(s.Files) == 1 && string(s.Files[0].Path) != string(kind)+"/"+run {
			return false
		}
	}
	return r.GoneSince.IsZero() && !r.GoneLogged
}

func appendCopies(b []byte, run string, files Copies) []byte {
	b = binary.AppendUvarint(b, uint64(len(files)))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		v := files[name]
		if name == snapshot.Path(run) {
			name = currentName(v.Copied)
		}
		b = binary.AppendVarint(appendText(b, name), v.Generation)
		content := digestOf(v.Content)
		b = append(b, content[:]...)
		if content == (digest{}) {
			b = appendText(b, stateTexts[v.State])
		}
		b = appendText(binary.AppendVarint(b, v.Info.Size), v.Info.Version)
	}
	return b
}

// currentName stands for the name of the current snapshot. It begins with a byte that no name has,
// and also holds when the snapshot was copied, if that is known.
func currentName(copied time.Time) string {
	if copied.IsZero() {
		return ""
	}
	return string(binary.BigEndian.AppendUint64([]byte{0}, uint64(copied.UnixNano())))
}

// parseCurrentName undoes currentName. ok is false if the name is that of another file.
func parseCurrentName(name string) (copied time.Time, ok bool) {
	switch {
	case name == "":
		return time.Time{}, true
	case name[0] != 0 || len(name) != 1+8:
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64([]byte(name[1:])))), true
}

// stateTexts replace the hash of a file that is not verified.
var stateTexts = [...]string{RemoteUnknown: "", RemoteVerified: "", RemoteDamaged: "damaged", RemoteTombstones: snapshot.TombstonesName}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendStamp(b []byte, s store.Stamp) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.Inode)
	for _, n := range []int64{s.Size, s.ModTime, s.ChangeTime} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return b
}

// decode undoes encode. Text that encode never writes decodes as empty.
func (p encoded) decode(run string) Record {
	if p == "" {
		return Record{}
	}
	u := unpacker{rest: string(p)}
	r := u.record(run)
	if u.bad || u.rest != "" {
		return Record{}
	}
	return r
}

// plain reports whether the record of the sources is only their stamps.
func (p encoded) plain() bool { return p == "" || p[0] == isPlain }

// saw reports whether a plain record has a stamp for the file of a kind.
func (p encoded) saw(kind store.Kind, stamp store.Stamp) bool {
	u := unpacker{rest: string(p)}
	if u.byte() != isPlain {
		return false
	}
	for _, k := range store.Kinds {
		files := u.byte()
		if k == kind {
			return files == 1 && u.stamp() == stamp && !u.bad
		}
		u.take(uint64(files) * stampLen)
	}
	return false
}

// unpacker reads the output of encode or an index. It is bad if something was missing.
type unpacker struct {
	rest string
	bad  bool
}

// copies returns the copies in one backup, and whether the run has been reconciled with it.
func (p encoded) copies(run, location string) (files Copies, met bool) {
	u := unpacker{rest: string(p)}
	switch u.byte() {
	case isPlain:
		for range store.Kinds {
			u.take(uint64(u.byte()) * stampLen)
		}
	case isOther:
		u.text()
	default:
		u.bad = true
	}
	for n := u.number(); n > 0 && !u.bad; n-- {
		if u.text() != location {
			u.skipCopies()
			continue
		}
		files = u.copies(run)
		return files, !u.bad
	}
	return nil, false
}

func (u *unpacker) record(run string) Record {
	r := Record{}
	switch u.byte() {
	case isPlain:
		r.Seen = map[store.Kind]SourceRecord{}
		for _, kind := range store.Kinds {
			if u.byte() == 1 {
				r.Seen[kind] = SourceRecord{Files: []FileStamp{{Text(string(kind) + "/" + run), u.stamp()}}}
			}
		}
	case isOther:
		u.bad = json.Unmarshal([]byte(u.text()), &r) != nil || u.bad
	default:
		u.bad = true
	}
	r.Backups = map[string]Copies{}
	for n := u.number(); n > 0 && !u.bad; n-- {
		location := u.text()
		r.Backups[location] = u.copies(run)
	}
	return r
}

func (u *unpacker) copies(run string) Copies {
	files := Copies{}
	for n := u.number(); n > 0 && !u.bad; n-- {
		name := u.text()
		copied, current := parseCurrentName(name)
		if current {
			name = snapshot.Path(run)
		}
		v := RemoteFile{State: RemoteVerified, Generation: u.signed(), Copied: copied}
		content := u.digest()
		if v.Content = content.String(); v.Content == "" {
			v.State = RemoteState(max(0, slices.Index(stateTexts[:], u.text())))
		}
		v.Info = backup.Info{Name: name, Size: u.signed(), Version: u.text()}
		files[name] = v
	}
	return files
}

// skipCopies reads past the copies in one backup.
func (u *unpacker) skipCopies() {
	for n := u.number(); n > 0 && !u.bad; n-- {
		u.text()
		u.signed()
		if u.digest() == (digest{}) {
			u.text()
		}
		u.signed()
		u.text()
	}
}

func (u *unpacker) take(n uint64) string {
	if u.bad || n > uint64(len(u.rest)) {
		u.bad = true
		return ""
	}
	taken := u.rest[:n]
	u.rest = u.rest[n:]
	return taken
}

func (u *unpacker) byte() byte {
	if b := u.take(1); b != "" {
		return b[0]
	}
	return 0
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint([]byte(u.rest[:min(len(u.rest), binary.MaxVarintLen64)]))
	u.take(uint64(max(size, 0)))
	u.bad = u.bad || size <= 0
	return n
}

func (u *unpacker) signed() int64 {
	n := u.number()
	return int64(n>>1) ^ -int64(n&1) // as binary.Varint
}

func (u *unpacker) text() string { return u.take(u.number()) }

func (u *unpacker) digest() (d digest) {
	copy(d[:], u.take(uint64(len(d))))
	return d
}

func (u *unpacker) stamp() store.Stamp {
	b := []byte(u.take(stampLen))
	if u.bad {
		return store.Stamp{}
	}
	word := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[8*i:])) }
	return store.Stamp{Inode: binary.LittleEndian.Uint64(b), Size: word(1), ModTime: word(2), ChangeTime: word(3)}
}
