package mirror

import (
	"flag"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.steps", "12"); err != nil { // unless the command line has it
		panic(err)
	}
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		shareCodec()
	}
	goleak.VerifyTestMain(m)
}

// shareCodec replaces the pool of zstd encoders by a single one, made here: an
// encoder that is made within a synctest bubble is of no use outside of it.
func shareCodec() {
	codec, err := compress.GetCodec(compress.Codecs.Zstd)
	if err != nil {
		panic(err)
	}
	shared := sharedCodec{codec.(zstdCodec)}
	if _, err := shared.DecodeWithError(nil, shared.Encode(nil, []byte("made here"))); err != nil {
		panic(err)
	}
	compress.RegisterCodec(compress.Codecs.Zstd, shared)
}

type zstdCodec interface {
	compress.Codec
	DecodeWithError(dst, src []byte) ([]byte, error)
}

type sharedCodec struct{ zstdCodec }

func (c sharedCodec) EncodeLevel(dst, src []byte, _ int) []byte { return c.Encode(dst, src) }
