package snapshot

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTombstonesRememberABoundedNumber(t *testing.T) {
	t.Parallel()
	var r Tombstones
	for g := range int64(3 * mostExpired) {
		r = r.With(map[int64]string{g + 1: fmt.Sprintf("%064x", g)})
		r.Until = g + 1
	}
	content, err := r.Encode()
	if err != nil || len(content) > MostTombstones {
		t.Fatalf("%d bytes, %v", len(content), err)
	}
	if diff := cmp.Diff(r, DecodeTombstones(content)); diff != "" || len(r.Expired) != mostExpired || r.Until != 3*mostExpired {
		t.Errorf("%d until %d: %s", len(r.Expired), r.Until, diff)
	}
	for _, wrong := range []string{"", "{", `{"until":-1}`, `{"until":100000000}`, `{"until":"1"}`, `{"until":1,"expired":[]}`} {
		if got := DecodeTombstones([]byte(wrong)); got.Until != 0 || got.Expired != nil {
			t.Errorf("%q says %+v", wrong, got)
		}
	}
}

func TestTombstonesAreBounded(t *testing.T) {
	for _, content := range []string{
		`{"until":-1}`, `{"until":100000000}`, `{"until":9223372036854775807}`, `{"until":9223372036854775808}`, `{"until":1e3}`,
	} {
		if r := DecodeTombstones([]byte(content)); r.Until != 0 {
			t.Errorf("%s is until %d", content, r.Until)
		}
	}
	r := DecodeTombstones([]byte(`{"until":5,"expired":{"-1":"a","0":"a","3":"a","6":"a","9223372036854775807":"a"}}`))
	if len(r.Expired) != 1 || r.Expired[3] != "a" {
		t.Errorf("expired are %v", r.Expired)
	}
}

// If a number expires again, the hash remembered is that of the last content.
func TestTombstonesRememberTheLastContent(t *testing.T) {
	r := Tombstones{}.With(map[int64]string{1: "old"}).With(map[int64]string{1: "new"})
	if r.Expired[1] != "new" {
		t.Errorf("remembers %q", r.Expired[1])
	}
}
