package snapshot

import (
	"fmt"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

// codec compresses with one encoder for the life of the process. The library's own codec keeps
// encoders in a pool that each garbage collection empties. A new encoder costs more than the pages
// of a usual run. It also decompresses content that would fill the memory before it compares the
// size with the page's claim.
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
		zstd.WithWindowSize(pageSize), zstd.WithLowerEncoderMem(true)) // no page is larger, and this keeps 8 MiB less
	if err != nil {
		panic(fmt.Sprintf("create a zstd encoder: %v", err))
	}
	bounded, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(maxPage))
	if err != nil {
		panic(fmt.Sprintf("create a zstd decoder: %v", err))
	}
	compress.RegisterCodec(compress.Codecs.Zstd, codec{library.(compress.ErrorCodec), fastest, bounded})
}

// EncodeLevel compresses src at the fastest level, whatever level the library requests.
func (c codec) EncodeLevel(dst, src []byte, _ int) []byte { return c.fastest.EncodeAll(src, dst[:0]) }

// DecodeWithError decompresses src into dst, which has room for the size that the page claims.
func (c codec) DecodeWithError(dst, src []byte) ([]byte, error) {
	return c.bounded.DecodeAll(src, dst[:0])
}
