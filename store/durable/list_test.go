package durable_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/store/durable"
)

func TestInParts(t *testing.T) {
	t.Parallel()
	broken, enough := errors.New("input/output error"), errors.New("enough")
	for name, c := range map[string]struct {
		ends error // of reading
		stop int   // ends do
		want []int
		err  error
	}{
		"all":            {io.EOF, 0, []int{1, 2, 3, 4}, nil},
		"reading fails":  {broken, 0, []int{1, 2, 3, 4}, broken},
		"somebody stops": {io.EOF, 2, []int{1, 2}, enough},
	} {
		parts := [][]int{{1, 2}, {3}, {4}}
		var got []int
		err := durable.InParts(func(int) (part []int, err error) {
			if part, parts = parts[0], parts[1:]; len(parts) == 0 {
				err = c.ends
			}
			return part, err
		}, func(part []int) error {
			if got = append(got, part...); len(got) == c.stop {
				return enough
			}
			return nil
		})
		if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) {
			t.Errorf("%s: %v: %s", name, err, diff)
		}
	}
}
