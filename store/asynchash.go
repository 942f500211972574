package store

import "hash"

// An asyncHash computes a hash in a goroutine, so that its writer need not wait.
type asyncHash struct {
	hash.Hash
	full, free chan []byte
}

const (
	hashBuffers    = 4
	hashBufferSize = 256 << 10 // bytes; the first size
)

// newAsyncHash returns a hash that computes h in a goroutine. close ends the goroutine.
func newAsyncHash(h hash.Hash) *asyncHash {
	a := &asyncHash{h, make(chan []byte, hashBuffers), make(chan []byte, hashBuffers)}
	for range hashBuffers {
		a.free <- make([]byte, 0, hashBufferSize)
	}
	go func() {
		for p := range a.full {
			_, _ = a.Hash.Write(p) // a hash never fails, by its documentation
			a.free <- p
		}
	}()
	return a
}

func (a *asyncHash) Write(p []byte) (int, error) {
	a.full <- append((<-a.free)[:0], p...)
	return len(p), nil
}

func (a *asyncHash) Sum(p []byte) []byte {
	a.catchUp()
	return a.Hash.Sum(p)
}

func (a *asyncHash) Reset() {
	a.catchUp()
	a.Hash.Reset()
}

// catchUp waits until everything written has been hashed.
func (a *asyncHash) catchUp() {
	var all [hashBuffers][]byte
	for i := range all {
		all[i] = <-a.free
	}
	for _, p := range all {
		a.free <- p
	}
}

func (a *asyncHash) close() { close(a.full) }
