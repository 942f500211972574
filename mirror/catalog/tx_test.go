package catalog

import (
	"errors"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"
)

// TestTxWaitsForAnother: what another Tx has done is in the State of the next one.
func TestTxWaitsForAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.commit(c, "run", training(0, 10, 0))
	first := c.Begin("run")
	second := make(chan *Tx)
	go func() { second <- c.Begin("run") }()
	select {
	case <-second:
		t.Fatal("two change a run at a time")
	case <-time.After(10 * time.Millisecond): // long enough to begin, mostly
	}
	s.Check(c.change("another run", func(*Tx) error { return nil })) // which waits for nobody
	_, err := first.SetAside()
	s.Check(err)
	first.Close()
	next := <-second
	defer next.Close()
	if next.Current != nil || next.number != 1 {
		t.Errorf("the state is %+v", next.State)
	}
	var damaged *snapshot.DamagedError
	if _, err := next.Head(); errors.As(err, &damaged) {
		t.Error(err)
	}
}
