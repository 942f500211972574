package heap

import (
	"errors"
	"testing"
)

func newHeap(s *Sharing) *Heap {
	var h Heap
	h.Reset(s)
	return &h
}

// memoized memoizes objects made above the floor, and forgets them.
func memoized(t *testing.T, h *Heap, objects func() []Value) {
	t.Helper()
	h.SetFloor()
	for _, v := range objects() {
		if err := h.Memoize(v); err != nil {
			t.Fatal(err)
		}
	}
	h.Forget()
}

func TestMemoKeepsStringsNumbersAndDtypesOfForgottenRows(t *testing.T) {
	t.Parallel()
	h := newHeap(nil)
	f4, _ := ParseDtype(">f4")
	memoized(t, h, func() []Value { return []Value{h.NewString([]byte("loss")), Int(-3), h.NewDtype(f4)} })
	h.NewString([]byte("takes the place of the first"))

	s, _, err := h.Get(0)
	if text, ok := h.Text(s); err != nil || !ok || text != "loss" {
		t.Errorf("%q, %v", text, err)
	}
	if n, _, err := h.Get(1); err != nil || n != Int(-3) {
		t.Errorf("%v, %v", n, err)
	}
	v, _, err := h.Get(2)
	if d, derr := h.Dtype(v); err != nil || derr != nil || *d != f4 {
		t.Errorf("%v, %v, %v", d, err, derr)
	}
}

func TestContainersOfForgottenRowsAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHeap(nil)
	stays := h.NewContainer(KindList, []Value{Int(1)})
	var list, array Value
	memoized(t, h, func() []Value {
		list, array = h.NewContainer(KindList, []Value{Int(2)}), h.NewArray()
		return []Value{list, array}
	})
	if items, err := h.Items(stays); err != nil || items[0] != Int(1) {
		t.Errorf("a list below the floor: %v, %v", items, err)
	}
	if _, err := h.Items(list); !errors.Is(err, ErrForgotten) {
		t.Errorf("a list: %v", err)
	}
	if _, err := h.Array(array); !errors.Is(err, ErrForgotten) {
		t.Errorf("an array: %v", err)
	}
	if _, _, err := h.Get(0); !errors.Is(err, ErrForgotten) {
		t.Errorf("from the memo: %v", err)
	}
	if _, _, err := h.Get(2); err == nil || errors.Is(err, ErrForgotten) {
		t.Errorf("never memoized: %v", err)
	}
}

// TestSharedObjectsAreCopiedBack reads, twice, a pickle that fetches a list of forgotten rows.
func TestSharedObjectsAreCopiedBack(t *testing.T) {
	t.Parallel()
	s := NewSharing()
	read := func() (*Heap, Value, int) {
		h := newHeap(s)
		memoized(t, h, func() []Value { return []Value{h.NewContainer(KindList, []Value{Int(7), h.NewString([]byte("x"))})} })
		v, copied, err := h.Get(0)
		if err != nil {
			t.Fatal(err)
		}
		return h, v, copied
	}
	if h, v, _ := read(); !h.Noting() || h.Opaque(v) == nil {
		t.Errorf("while noting: %v", v)
	}
	s.Keep()
	h, v, copied := read()
	items, err := h.Items(v)
	if err != nil || copied != 3 || len(items) != 2 || items[0] != Int(7) {
		t.Fatalf("%v, %d copied, %v", items, copied, err)
	}
	if text, _ := h.Text(items[1]); text != "x" {
		t.Errorf("%q", text)
	}
}

// TestExtendLeavesOtherContainersAlone adds to a list that another one follows in memory.
func TestExtendLeavesOtherContainersAlone(t *testing.T) {
	t.Parallel()
	h := newHeap(nil)
	first := h.NewContainer(KindList, []Value{Int(1)})
	second := h.NewContainer(KindList, []Value{Int(2)})
	c, _ := h.Container(first)
	if err := h.Extend(c, []Value{Int(3)}); err != nil {
		t.Fatal(err)
	}
	one, _ := h.Items(first)
	two, _ := h.Items(second)
	if len(one) != 2 || one[0] != Int(1) || one[1] != Int(3) || len(two) != 1 || two[0] != Int(2) {
		t.Errorf("%v, %v", one, two)
	}
}

func TestArrayWhoseBytesDoNotFitHasNoNumbers(t *testing.T) {
	t.Parallel()
	h := newHeap(nil)
	f8, _ := ParseDtype("f8")
	dtype, shape, array := h.NewDtype(f8), h.NewContainer(KindTuple, []Value{Int(1)}), h.NewArray()
	if _, err := h.SetArray(array, h.NewBytes(make([]byte, 4)), dtype, shape, false); err == nil {
		t.Error("4 bytes were enough for a number of 8")
	}
	if _, err := h.OneItem(array); err == nil {
		t.Error("the array has a number")
	}
	if _, err := h.SetArray(array, h.NewBytes(make([]byte, 8)), dtype, shape, false); err != nil {
		t.Error(err)
	}
	if n, err := h.OneItem(array); err != nil || n != Float(0) {
		t.Errorf("%v, %v", n, err)
	}
}
