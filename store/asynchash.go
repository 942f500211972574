package store

import "hash"

// asyncHash is a hash that a goroutine computes while its writer goes on.
type asyncHash struct {
	hash.Hash
	full, free chan []byte
}

const (
	hashBuffers    = 4
	hashBufferSize = 256 << 10 // bytes, at first
)

// newAsyncHash returns h, computed by a goroutine that ends by close.
func newAsyncHash(h hash.Hash) *asyncHash {
	a := &asyncHash{h, make(chan []byte, hashBuffers), make(chan []byte, hashBuffers)}
	for range hashBuffers {
		a.free <- make([]byte, 0, hashBufferSize)
	}
	go func() {
		for p := range a.full {
			_, _ = a.Hash.Write(p) // a hash is documented never to fail
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

// catchUp waits until all that was written has been hashed.
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
