package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"statsmirror/store"

	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// Meta is what the footer of a snapshot says of it.
type Meta struct {
	Run            string
	Generation     int64
	TrainedUntil   int64
	ValidatedUntil int64
	TrainingRows   int64
	ValidationRows int64
	ContentSHA256  string // hex
	Sources        []store.Source
	Losses         Losses
}

const format = "2"

// footer is the key-value metadata.
type footer struct {
	Meta
	groups []group
	layout string // SHA-256, in hex, of all else that the footer says
}

// pairs returns the metadata but its checksum, in the order of the file.
func (f *footer) pairs() ([][2]string, error) {
	sources := make([]store.Source, 0, len(f.Sources))
	for _, s := range f.Sources {
		s.Path, s.RunName = escapeText(s.Path), escapeText(s.RunName)
		sources = append(sources, s)
	}
	var texts [2]string
	for i, v := range []any{sources, append([]group{}, f.groups...)} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode metadata: %w", err)
		}
		texts[i] = string(text)
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return [][2]string{
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
		{"statsmirror.sources", texts[0]},
		{"statsmirror.groups", texts[1]},
		{"statsmirror.layout_sha256", f.layout},
	}, nil
}

const checksumKey = "statsmirror.metadata_sha256"

// checksum returns the hash, in hex, of the other metadata.
func checksum(pairs [][2]string) string {
	h := sha256.New()
	for _, p := range pairs {
		fmt.Fprintf(h, "%s=%s\n", p[0], p[1])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// parseFooter undoes pairs and holds the result to be what pairs writes.
func parseFooter(kv metadata.KeyValueMetadata) (*footer, error) {
	if kv == nil {
		return nil, damagedf("it has no metadata")
	}
	value := func(key string) string {
		if v := kv.FindValue("statsmirror." + key); v != nil {
			return *v
		}
		return ""
	}
	if v := value("format"); v != format {
		return nil, damagedf("its format is %q, not %q", v, format)
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
	for key, v := range map[string]any{"sources": &f.Sources, "groups": &f.groups} {
		if err := json.Unmarshal([]byte(value(key)), v); err != nil {
			return nil, damagedf("read %s: %w", key, err)
		}
	}
	if err := f.unescape(value("run")); err != nil {
		return nil, err
	}
	return f, f.check(kv)
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

func (f *footer) check(kv metadata.KeyValueMetadata) error {
	pairs, err := f.pairs()
	if err != nil {
		return err
	}
	sum := kv.FindValue(checksumKey)
	if sum == nil || *sum != checksum(pairs) {
		return damagedf("its metadata has another checksum")
	}
	return nil
}

// layoutSHA256 returns the hash, in hex, of what the footer says but its key-value
// metadata: where the pages are, and how to decode them.
func layoutSHA256(md *metadata.FileMetaData) (string, error) {
	layout := *md.FileMetaData
	layout.KeyValueMetadata = nil
	h := sha256.New()
	_, err := (&metadata.FileMetaData{FileMetaData: &layout}).WriteTo(h, nil)
	return hex.EncodeToString(h.Sum(nil)), err
}
