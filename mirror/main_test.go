package mirror

import (
	"bytes"
	"flag"
	"testing"

	"go.uber.org/goleak"

	"statsmirror/mirror/snapshot"
)

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.steps", "12"); err != nil { // unless the command line sets it
		panic(err)
	}
	flag.Parse()
	warmUp()
	goleak.VerifyTestMain(m)
}

// warmUp compresses and decompresses once, because the library's state from inside a synctest
// bubble does not work outside it.
func warmUp() {
	var b bytes.Buffer
	s := &snapshot.Snapshot{Run: "warm-up", Generation: 1, Training: training(0, 1, 0)}
	if _, err := snapshot.Write(&b, s); err != nil {
		panic(err)
	}
	if _, err := snapshot.Read(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil {
		panic(err)
	}
}
