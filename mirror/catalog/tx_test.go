package catalog

import (
	"errors"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"
)

// TestTxWaitsForAnother shows that the State of a Tx includes the work of the one before.
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
	case <-time.After(10 * time.Millisecond): // usually long enough to begin
	}
	s.Check(c.change("another run", func(*Tx) error { return nil })) // it waits for nobody
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
