package template

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// TestFourCodePoints compares the arithmetic with a decoder of UTF-8, for valid texts and for any
// bytes.
func TestFourCodePoints(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		b := binary.LittleEndian.AppendUint64(nil, chance.Uint64())
		if chance.IntN(2) == 0 {
			b = b[:0]
			for len(b) < 8 {
				b = utf8.AppendRune(b, rune(chance.IntN(0x110)))
			}
		}
		bits, size := fourCodePoints(binary.LittleEndian.Uint64(b))
		var wantBits, wantSize uint64
		for i := range 4 {
			code, n := utf8.DecodeRune(b[wantSize:])
			if code > 0xff || n > 1 && code < 0x80 || n == 1 && code == utf8.RuneError {
				wantBits, wantSize = 0, 0
				break
			}
			wantBits |= uint64(code) << (8 * i)
			wantSize += uint64(n)
		}
		if bits != wantBits || size != wantSize {
			t.Fatalf("% x: %x in %d bytes, want %x in %d", b, bits, size, wantBits, wantSize)
		}
	}
}
