package backup

import "sync"

// MostLeft is how many temporary files a listing remembers. The rest wait for the next one.
const MostLeft = 10_000

// Left is the names of temporary files in a place. A listing of everything finds them for the sweep
// that follows it.
type Left struct {
	mu    sync.Mutex
	names []string
}

// Set replaces the names.
func (l *Left) Set(names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = names
}

// Take returns the names and forgets them.
func (l *Left) Take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := l.names
	l.names = nil
	return names
}
