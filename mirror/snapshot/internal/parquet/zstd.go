package parquet

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// compressor and decompressor live as long as the process: a new encoder costs more than the pages
// of a usual run.
var (
	compressor = must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithZeroFrames(true), zstd.WithAllLitEntropyCompression(true),
		zstd.WithWindowSize(pageSize), zstd.WithLowerEncoderMem(true))) // hardly a page is larger
	decompressor = must(zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(MaxPage)))
)

// must panics on an error. It is for constant options.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("set up zstd: %v", err))
	}
	return v
}

// unpack decompresses a page of size bytes. It decompresses no more, whatever the content claims.
func (r *Reader) unpack(packed []byte, size int) ([]byte, error) {
	if cap(r.page) < size {
		r.page = make([]byte, size)
	}
	unpacked, err := decompressor.DecodeAll(packed, r.page[:0:size])
	if err != nil {
		return nil, fmt.Errorf("decompress a page: %w", err)
	}
	return unpacked, nil
}
