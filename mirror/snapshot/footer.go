package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strconv"
	"time"

	"statsmirror/mirror/snapshot/internal/parquet"
	"statsmirror/store"
)

const format = "2"

// footer is the key-value metadata.
type footer struct {
	Meta
	groups []group
	layout string // SHA-256, in hex, of the rest of the footer
}

// pairs returns the metadata except its checksum, in the order of the file. sources and groups are
// the encoded lists.
func (f *footer) pairs(sources, groups string) [][2]string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	pairs := [][2]string{
		{"statsmirror.format", format},
		{"statsmirror.run", escapeText(f.Run)},
		{"statsmirror.generation", number(f.Generation)},
		{"statsmirror.trained_until", number(f.TrainedUntil)},
		{"statsmirror.validated_until", number(f.ValidatedUntil)},
		{"statsmirror.training_rows", number(f.TrainingRows)},
		{"statsmirror.validation_rows", number(f.ValidationRows)},
		{"statsmirror.content_sha256", f.ContentSHA256},
		{"statsmirror.last_loss", string(f.Losses.Last)},
		{"statsmirror.best_loss", string(f.Losses.Best)},
	}
	if !f.Ended.IsZero() {
		pairs = append(pairs, [2]string{endedKey, f.Ended.UTC().Format(time.RFC3339Nano)})
	}
	return append(pairs, [][2]string{{sourcesKey, sources}, {groupsKey, groups}, {layoutKey, f.layout}}...)
}

const (
	endedKey   = "statsmirror.ended"
	sourcesKey = "statsmirror.sources"
	groupsKey  = "statsmirror.groups"

	// Hashes of the rest. The second is the last pair.
	layoutKey   = "statsmirror.layout_sha256"
	checksumKey = "statsmirror.metadata_sha256"
)

// encode returns all pairs.
func (f *footer) encode() ([][2]string, error) {
	sources := make([]store.Source, 0, len(f.Sources))
	for _, s := range f.Sources {
		s.Path, s.RunName = escapeText(s.Path), escapeText(s.RunName)
		sources = append(sources, s)
	}
	listed, err := encodeList(sources)
	if err != nil {
		return nil, err
	}
	groups, err := encodeList(f.groups)
	if err != nil {
		return nil, err
	}
	pairs := f.pairs(listed, groups)
	return append(pairs, [2]string{checksumKey, checksum(pairs)}), nil
}

// checksum returns the hash, in hex, of the other metadata.
func checksum(pairs [][2]string) string {
	h := sha256.New()
	for _, p := range pairs {
		hashPair(h, p[0], p[1])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// valueOf returns the value of a key; nil for none.
func valueOf(raw *parquet.Footer, key string) []byte {
	for _, p := range raw.Pairs {
		if string(p[0]) == key {
			return p[1]
		}
	}
	return nil
}

// checkHashes compares the pairs and the layout with their hashes.
func checkHashes(raw *parquet.Footer) error {
	h := sha256.New()
	for _, p := range raw.Pairs {
		if string(p[0]) != checksumKey {
			hashPair(h, p[0], p[1])
		}
	}
	if hex.EncodeToString(h.Sum(nil)) != string(valueOf(raw, checksumKey)) {
		return damagedf("its metadata does not match its checksum")
	}
	layout := sha256.Sum256(raw.Layout)
	if hex.EncodeToString(layout[:]) != string(valueOf(raw, layoutKey)) {
		return damagedf("its footer does not match its SHA-256")
	}
	return nil
}

func hashPair[T ~string | ~[]byte](h hash.Hash, key, value T) {
	line := slices.Concat([]byte(key), []byte{'='}, []byte(value), []byte{'\n'})
	h.Write(line)
}

// parseFooter undoes encode. It compares the pairs with their hash before it decodes them, and the
// result with encode's output.
func parseFooter(raw *parquet.Footer) (*footer, error) {
	value := func(key string) string { return string(valueOf(raw, "statsmirror."+key)) }
	if v := value("format"); v != format {
		return nil, damagedf("its format is %q, not %q", v, format)
	}
	if err := checkHashes(raw); err != nil {
		return nil, err
	}
	f := &footer{layout: value("layout_sha256"), Meta: Meta{
		ContentSHA256: value("content_sha256"),
		Losses:        Losses{Loss(value("last_loss")), Loss(value("best_loss"))},
	}}
	if err := errors.Join(f.Losses.Last.check(), f.Losses.Best.check()); err != nil {
		return nil, err
	}
	for key, n := range map[string]*int64{
		"generation": &f.Generation, "trained_until": &f.TrainedUntil, "validated_until": &f.ValidatedUntil,
		"training_rows": &f.TrainingRows, "validation_rows": &f.ValidationRows,
	} {
		var err error
		if *n, err = strconv.ParseInt(value(key), 10, 64); err != nil {
			return nil, damagedf("read %s: %w", key, err)
		}
	}
	var err error
	if text := value("ended"); text != "" {
		if f.Ended, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return nil, damagedf("read ended: %w", err)
		}
	}
	if f.Sources, err = decodeList[store.Source](valueOf(raw, sourcesKey)); err != nil {
		return nil, damagedf("read sources: %w", err)
	}
	if f.groups, err = decodeList[group](valueOf(raw, groupsKey)); err != nil {
		return nil, damagedf("read groups: %w", err)
	}
	if len(f.groups) != len(raw.Groups) {
		return nil, damagedf("it has %d row groups, its metadata %d", len(raw.Groups), len(f.groups))
	}
	if err := f.unescape(value("run")); err != nil {
		return nil, err
	}
	if err := f.check(raw); err != nil {
		return nil, err
	}
	if err := f.checkNumbers(); err != nil {
		return nil, damagedf("%w", err)
	}
	return f, nil
}

func (f *footer) unescape(run string) error {
	var ok bool
	if f.Run, ok = unescapeText(run); !ok {
		return damagedf("its run %q is not escaped properly", run)
	}
	if len(f.Sources) == 0 {
		f.Sources = nil
	}
	for i := range f.Sources {
		s := &f.Sources[i]
		for _, text := range []*string{&s.Path, &s.RunName} {
			if *text, ok = unescapeText(*text); !ok {
				return damagedf("its source %q is not escaped properly", *text)
			}
		}
	}
	return nil
}

// check compares the pairs with those of a writer. The lists have already been compared.
func (f *footer) check(raw *parquet.Footer) error {
	want := append(f.pairs("", ""), [2]string{checksumKey, string(valueOf(raw, checksumKey))})
	if len(raw.Pairs) != len(want) {
		return damagedf("it has %d pairs of metadata instead of %d", len(raw.Pairs), len(want))
	}
	for i, p := range want {
		got := raw.Pairs[i]
		if string(got[0]) != p[0] || p[0] != sourcesKey && p[0] != groupsKey && string(got[1]) != p[1] {
			return damagedf("its metadata is not in a writer's form: %s", p[0])
		}
	}
	return nil
}

// checkNumbers returns an error if a number in the metadata cannot be right. Reading compares the
// rows with the numbers.
func (f *footer) checkNumbers() error {
	if err := checkGeneration(f.Generation); err != nil {
		return err
	}
	if f.TrainedUntil == math.MinInt64 || f.ValidatedUntil == math.MinInt64 { // one more than the highest iteration overflows
		return fmt.Errorf("it claims an iteration above %d", int64(store.MaxIteration))
	}
	for _, s := range f.Sources {
		if s.Size < 0 {
			return fmt.Errorf("its source %q has %d bytes", s.Path, s.Size)
		}
	}
	training, validation := f.TrainingRows, f.ValidationRows
	for i, g := range f.groups {
		if g.Last > store.MaxIteration || g.TrainingRows < 0 || g.TrainingRows > mostRows || g.ValidationRows < 0 || g.ValidationRows > mostRows {
			return fmt.Errorf("group %d claims %d and %d rows up to iteration %d", i, g.TrainingRows, g.ValidationRows, g.Last)
		}
		training, validation = training-g.TrainingRows, validation-g.ValidationRows
	}
	if training != 0 || validation != 0 {
		return fmt.Errorf("it claims %d and %d rows, but its groups claim different numbers", f.TrainingRows, f.ValidationRows)
	}
	return nil
}
