package store

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
)

// foreignError means that a file is not a pickle. It reveals only what kind of file it is.
type foreignError struct{ content string } // "" if the kind is not known

func (e *foreignError) Error() string {
	if e.content == "" {
		return "not a pickle"
	}
	return "not a pickle but " + e.content
}

// errZeros means that a file is one of zeros, as a power cut leaves it.
var errZeros = errors.New("zeros where the pickle should begin, as a crash or a power cut leaves them")

// protoOpcode is the first byte of every pickle of protocol 2 and above.
const protoOpcode = 0x80

// oldPickle matches the first bytes of a pickle of protocol 0 or 1: a list, a dict, an object of a
// known module, or a whole pickle of a single value.
var oldPickle = regexp.MustCompile(`^(\(l[p(.]|\][q(r.ac]|\(d[p(.]|\}[q(r.]` +
	`|c(copy_reg|copyreg|__builtin__|builtins|collections|numpy[\w.]*|dacapo[\w.]*)\n` +
	`|(N|[IFL]\S+\n|[SV][^\n]*\np0\n)\.$)`)

// checkForeign returns a *foreignError if a file without a readable row is something other than a
// pickle, and errZeros if it begins with zeros. A pickle torn within its first bytes is not foreign.
func checkForeign(file io.ReaderAt) error {
	head := make([]byte, 512)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	torn := slices.ContainsFunc([]string{"", "(", "(l", "]", "c"}, func(s string) bool { return s == string(head) })
	switch {
	case torn, head[0] == protoOpcode, oldPickle.Match(head):
		return nil
	case len(bytes.Trim(head, "\x00")) == 0:
		return errZeros
	}
	return &foreignError{contentOf(head)}
}
