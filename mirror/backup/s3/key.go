package s3

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minio/minio-go/v7"
)

// keyMark begins an encoded part of a key.
const keyMark = "%_"

// key returns the key of a name. Parts between slashes that XML cannot carry are encoded, because a
// listing would return different names for them.
func (b *Backup) key(name string) string { return b.prefix + encode(name) }

// oldKey returns the key that a name had before keys were encoded.
func (b *Backup) oldKey(name string) string { return b.prefix + name }

// keyOf returns the key under which a name is stored. The old key counts only if the new one has no
// object.
func (b *Backup) keyOf(ctx context.Context, name string) (string, error) {
	key, old := b.key(name), b.oldKey(name)
	if key == old {
		return key, nil
	}
	_, err := b.stat(ctx, key)
	if minio.ToErrorResponse(err).Code != minio.NoSuchKey {
		return key, err
	}
	_, err = b.stat(ctx, old)
	switch answer := minio.ToErrorResponse(err); {
	case err == nil:
		return old, nil
	case answer.Code == minio.NoSuchKey, answer.StatusCode == http.StatusBadRequest: // some stores refuse such keys
		return key, nil
	}
	return "", err
}

// nameOf returns the name of a listed key, and whether it is an old key.
func (b *Backup) nameOf(key string) (name string, old bool) {
	key = strings.TrimPrefix(key, b.prefix)
	if name, ok := decode(key); ok {
		return name, false
	}
	return key, true
}

// encode encodes the parts of name that need it.
func encode(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = encodePart(part)
	}
	return strings.Join(parts, "/")
}

// encodePart encodes part if XML cannot carry it, or if it looks like an encoded part. The result
// begins with the mark, and has %XX for each character that cannot stand.
func encodePart(part string) string {
	if utf8.ValidString(part) && !strings.HasPrefix(part, keyMark) && strings.IndexFunc(part, cannotStand) < 0 {
		return part
	}
	var b strings.Builder
	b.WriteString(keyMark)
	for len(part) > 0 {
		r, n := utf8.DecodeRuneInString(part)
		if r == '%' || cannotStand(r) || r == utf8.RuneError && n == 1 {
			for _, c := range []byte(part[:n]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(part[:n])
		}
		part = part[n:]
	}
	return b.String()
}

// cannotStand reports whether XML cannot carry a character, or a server or reader may change it.
func cannotStand(r rune) bool { return unicode.IsControl(r) || r == 0xfffe || r == 0xffff }

// decode undoes encode. ok is false if encode never returns key.
func decode(key string) (name string, ok bool) {
	parts := strings.Split(key, "/")
	for i, part := range parts {
		if encoded, marked := strings.CutPrefix(part, keyMark); marked {
			parts[i] = decodePart(encoded)
		}
	}
	name = strings.Join(parts, "/")
	return name, encode(name) == key
}

// decodePart decodes every %XX, and drops characters that it cannot decode.
func decodePart(encoded string) string {
	before, rest, _ := strings.Cut(encoded, "%")
	decoded := []byte(before)
	for part := range strings.SplitSeq(rest, "%") {
		c, _ := hex.DecodeString(part[:min(2, len(part))])
		decoded = append(append(decoded, c...), part[min(2, len(part)):]...)
	}
	return string(decoded)
}
