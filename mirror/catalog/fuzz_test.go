package catalog

import (
	"strings"
	"testing"
)

// FuzzIndexEntry reads content as an entry of an index. An entry that it accepts must be one that
// would be written.
func FuzzIndexEntry(f *testing.F) {
	for _, content := range []string{"", "\x03run\x00\x00", "\x03run\x01", "\x03run\x00\x00o\x02{}\x00", "\x03run\x00\x00p\x00\x00\x01\x06backup\x00", "\x03run\x00\x00p\x00\x00\x01\x06backup\x01\x09\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00" + strings.Repeat("h", 32) + "\x00\x00"} {
		f.Add(content)
	}
	f.Fuzz(checkIndexed)
}

// checkIndexed reads content as an entry of an index.
func checkIndexed(t *testing.T, content string) {
	t.Helper()
	u := unpacker{rest: content}
	run, h := u.entry()
	if u.bad {
		return
	}
	r := h.record.decode(run)
	h.record = r.encode(run)
	u = unpacker{rest: string(appendEntry(nil, run, h)[frameHeader:])}
	if again, i := u.entry(); u.bad || again != run || !i.current.same(h.current) || i.record != h.record || len(i.ended) != len(h.ended) {
		t.Errorf("the entry %q became that of %q", content, again)
	}
	if again := h.record.decode(run); len(again.Seen) != len(r.Seen) || len(again.Backups) != len(r.Backups) {
		t.Errorf("the record of %q became %+v", content, again)
	}
}
