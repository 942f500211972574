package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"sync"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// entry is the state of a run in the catalog. The mutex of the catalog guards its fields. There may
// be very many entries, so an entry is kept small.
type entry struct {
	changing sync.Mutex // held while the files of the run change

	current   *fileMeta // nil if there is none
	ended     generations
	removal   snapshot.Tombstones // generations that retention has removed
	record    encoded
	since     int64      // when current was written, in nanoseconds since 1970
	uncertain *Uncertain // nil unless a Commit has failed since the last one that worked
	damaged   bool       // the current snapshot cannot be read
	visited   bool       // a loop over the files has found the run
}

// fileMeta describes one snapshot file. Its stamp is that of the file when the catalog read it.
type fileMeta struct {
	Generation     int64
	TrainedUntil   int64
	ValidatedUntil int64
	Content        digest      // zero if unknown
	Stamp          store.Stamp // zero if the file is damaged or missing
	Ended          int64       // when the generation ended, or else when it was first seen: nanoseconds since 1970, 0 if unknown
}

// lost reports whether the file is damaged or missing.
func (n fileMeta) lost() bool { return n.Content == (digest{}) || n.Stamp == (store.Stamp{}) }

// fileMetaOf returns the fileMeta of a file whose metadata is m.
func fileMetaOf(m snapshot.Meta, info fs.FileInfo) fileMeta {
	return fileMeta{m.Generation, m.TrainedUntil, m.ValidatedUntil, digestOf(m.ContentSHA256), store.StampOf(info), m.EndedNano()}
}

// meta converts n to the result of Catalog.Current.
func (n *fileMeta) meta(run string) *snapshot.Meta {
	if n == nil {
		return nil
	}
	return &snapshot.Meta{
		Run: run, Generation: n.Generation, TrainedUntil: n.TrainedUntil, ValidatedUntil: n.ValidatedUntil,
		ContentSHA256: n.Content.String(),
	}
}

// same reports whether both have the same rows of the same generation, or neither exists.
func (n *fileMeta) same(other *fileMeta) bool {
	if n == nil || other == nil {
		return n == other
	}
	return n.Generation == other.Generation && n.Content == other.Content
}

// digest is a SHA-256; zero for none.
type digest [sha256.Size]byte

// digestOf parses a digest in hex; zero if text is not one.
func digestOf(text string) digest {
	var d digest
	if n, err := hex.Decode(d[:], []byte(text[:min(len(text), 2*len(d))])); err != nil || n != len(d) || d.String() != text {
		return digest{}
	}
	return d
}

// String returns the digest in hex; "" for zero.
func (d digest) String() string {
	if d == (digest{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// generations are the ended generations of a run, in order.
type generations []fileMeta

func (g generations) find(generation int64) (int, bool) {
	return slices.BinarySearchFunc(g, generation, func(n fileMeta, generation int64) int { return cmp.Compare(n.Generation, generation) })
}

func (g generations) has(generation int64) bool {
	_, found := g.find(generation)
	return found
}

// content returns the digest of the rows of a generation; zero if it is damaged or missing.
func (g generations) content(generation int64) digest {
	if i, found := g.find(generation); found && !g[i].lost() {
		return g[i].Content
	}
	return digest{}
}

// known returns the digest of the rows of a generation when it was last read.
func (g generations) known(generation int64) digest {
	if i, found := g.find(generation); found {
		return g[i].Content
	}
	return digest{}
}

// keeps reports whether a generation other than the given one has these rows.
func (g generations) keeps(content digest, other int64) bool {
	return slices.ContainsFunc(g, func(n fileMeta) bool { return n.Generation != other && !n.lost() && n.Content == content })
}

// end returns fileMeta.Ended of a generation if its rows have that hash.
func (g generations) end(generation int64, content digest) int64 {
	if i, found := g.find(generation); found && (g[i].Content == content || content == (digest{})) {
		return g[i].Ended
	}
	return 0
}

func (g *generations) put(n fileMeta) {
	i, found := g.find(n.Generation)
	if found {
		(*g)[i] = n
	} else {
		*g = slices.Insert(*g, i, n)
	}
}

// spoil records that the file of a generation is damaged or missing.
func (g *generations) spoil(generation int64) {
	if i, found := g.find(generation); found {
		(*g)[i].Stamp = store.Stamp{}
	}
}

func (g *generations) drop(generation int64) {
	if i, found := g.find(generation); found {
		*g = slices.Delete(*g, i, i+1)
	}
}

// top returns the highest ended generation, removed or not.
func (h *entry) top() int64 {
	if len(h.ended) == 0 {
		return h.removed()
	}
	return max(h.removed(), h.ended[len(h.ended)-1].Generation)
}

// number returns the generation of the current snapshot, or of the first one to come.
func (h *entry) number() (int64, error) {
	top := h.top()
	if h.current == nil {
		return snapshot.After(top, 1)
	}
	number := h.current.Generation
	if number > top || number == top && h.ended.content(top) == h.current.Content {
		return number, nil // equal if a crash came between history and snapshot
	}
	return snapshot.After(top, 1)
}

// noteLost records the missing ended generations, with their earlier hashes if known.
func (h *entry) noteLost(before generations) {
	const most = 1000 // of a history that makes no sense
	if h.current == nil || h.current.Generation-h.removed() > int64(len(h.ended)+most) {
		return
	}
	for generation := h.removed() + 1; generation < h.current.Generation; generation++ {
		if !h.ended.has(generation) {
			h.ended.put(fileMeta{Generation: generation, Content: before.known(generation)})
		}
	}
}

func (h *entry) damagedEnded() []int64 {
	var damaged []int64
	for _, n := range h.ended {
		if n.lost() {
			damaged = append(damaged, n.Generation)
		}
	}
	return damaged
}

// removed returns the generation up to which those of a run may be missing. A current generation is
// never removed.
func (h *entry) removed() int64 {
	if h.current != nil {
		return min(h.removal.Until, h.current.Generation-1)
	}
	return h.removal.Until
}

// update changes a record.
func (h *entry) update(run string, change func(*Record)) {
	r := h.record.decode(run)
	if r.Seen == nil {
		r.Seen = map[store.Kind]SourceRecord{}
	}
	if r.Backups == nil {
		r.Backups = map[string]Copies{}
	}
	change(&r)
	h.record = r.encode(run)
}

// files is Catalog.Files.
func (h *entry) files(run string) []File {
	var all []File
	for _, n := range slices.Backward(h.ended) {
		if !n.lost() {
			all = append(all, File{snapshot.HistoryPath(run, n.Generation), n.Generation, n.Content.String()})
		}
	}
	if h.current != nil {
		all = append(all, File{snapshot.Path(run), h.current.Generation, h.current.Content.String()})
	}
	return all
}

// File is one snapshot file of a run.
type File struct {
	Name       string
	Generation int64
	Content    string // SHA-256 of the rows
}
