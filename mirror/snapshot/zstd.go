package snapshot

import (
	"fmt"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

// codec compresses with one encoder for the life of the process. The library's
// own codec keeps encoders in a pool that each garbage collection empties, and
// a new one costs more than the pages of a usual run. And it decompresses what
// would fill the memory before it compares that with what the page says.
type codec struct {
	compress.ErrorCodec
	fastest *zstd.Encoder
	bounded *zstd.Decoder
}

func init() {
	library, err := compress.GetCodec(compress.Codecs.Zstd)
	if err != nil {
		panic(fmt.Sprintf("the Parquet library has no zstd: %v", err))
	}
	fastest, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithZeroFrames(true), zstd.WithAllLitEntropyCompression(true), // as the library does
		zstd.WithWindowSize(pageSize), zstd.WithLowerEncoderMem(true)) // no page is larger, and 8 MiB less are kept
	if err != nil {
		panic(fmt.Sprintf("make a zstd encoder: %v", err))
	}
	bounded, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(maxPage))
	if err != nil {
		panic(fmt.Sprintf("make a zstd decoder: %v", err))
	}
	compress.RegisterCodec(compress.Codecs.Zstd, codec{library.(compress.ErrorCodec), fastest, bounded})
}

// EncodeLevel compresses src at the fastest level, whatever level is asked for.
func (c codec) EncodeLevel(dst, src []byte, _ int) []byte { return c.fastest.EncodeAll(src, dst[:0]) }

// DecodeWithError decompresses src into dst, which has room for what the page says.
func (c codec) DecodeWithError(dst, src []byte) ([]byte, error) {
	return c.bounded.DecodeAll(src, dst[:0])
}
