package store

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
)

// errForeign means that a file is not a pickle. It reveals nothing of the content.
var errForeign = errors.New("is not a pickle")

// protoOpcode is the first byte of every pickle of protocol 2 and above.
const protoOpcode = 0x80

// oldPickle matches the first bytes of a pickle of protocol 0 or 1 that can hold statistics: a
// list, or an object of a known module.
var oldPickle = regexp.MustCompile(`^(\(l[p(.]|\][q(r.ac]|c(copy_reg|copyreg|__builtin__|builtins|collections|numpy[\w.]*|dacapo[\w.]*)\n)`)

// isForeign reports whether a file without a readable row is something other than a pickle. A
// pickle torn within its first bytes is not foreign. Neither is a file of zeros, as a power cut
// leaves it.
func isForeign(file io.ReaderAt) (bool, error) {
	head := make([]byte, 512)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	head = head[:n]
	torn := slices.ContainsFunc([]string{"", "(", "(l", "]", "c"}, func(s string) bool { return s == string(head) })
	zeros := len(bytes.Trim(head, "\x00")) == 0
	return !torn && !zeros && head[0] != protoOpcode && !oldPickle.Match(head), nil
}
