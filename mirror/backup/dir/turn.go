package dir

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"statsmirror/store/durable"
)

// mostTurn is how long calls may join a turn. Then other processes have theirs: they try to lock the
// directory every lockPoll, so it stays unlocked for longer than that.
const (
	mostTurn = 100 * time.Millisecond
	pause    = 2 * lockPoll
)

// turn is a time in which no other process changes the directory. Calls for different runs share
// it, so that the file system groups their fsyncs.
type turn struct {
	root   *os.Root
	unlock func()
	until  time.Time       // later calls wait for the next turn
	calls  int             // in progress
	busy   map[string]bool // their claims
	ended  chan struct{}   // closed afterwards
	made   sync.Map        // directories that exist durably
}

// mkdirAll is durable.MkdirAll, once in a turn, because finding out that a large directory is not
// empty takes long.
func (t *turn) mkdirAll(dir string) error {
	if _, made := t.made.Load(dir); made {
		return nil
	}
	if err := durable.MkdirAll(t.root, dir); err != nil {
		return err
	}
	t.made.Store(dir, true)
	return nil
}

// claim returns what a change of a file must have for itself: its run. Case does not count, because
// a file system may ignore it. A name with letters beyond ASCII could equal any other, so its claim
// is "", which excludes all others.
func claim(name string) string {
	parts := strings.SplitN(name, "/", 3)
	for _, r := range name {
		if r >= 0x80 {
			return ""
		}
	}
	return strings.ToLower(strings.Join(parts[:min(2, len(parts))], "/"))
}

func (t *turn) admits(claim string) bool {
	return claim != "" && !t.busy[""] && !t.busy[claim] && time.Now().Before(t.until)
}

// enter joins the present turn, or begins the next one. The caller must leave it.
func (b *Backup) enter(ctx context.Context, claim string) (*turn, error) {
	select {
	case b.entering <- struct{}{}:
		defer func() { <-b.entering }()
	case <-ctx.Done():
		return nil, fmt.Errorf("an earlier change has not ended: %w", ctx.Err())
	}
	for {
		t, joined := b.join(claim)
		if joined {
			return t, nil
		}
		if t == nil {
			break
		}
		select {
		case <-t.ended:
		case <-ctx.Done():
			return nil, fmt.Errorf("an earlier change has not ended: %w", ctx.Err())
		}
	}
	t, err := b.begin(ctx) // nobody else begins one, because entering is held
	if err != nil {
		return nil, err
	}
	t.calls, t.busy[claim] = 1, true
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn = t
	return t, nil
}

// join joins the present turn if that admits the claim.
func (b *Backup) join(claim string) (t *turn, joined bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t = b.turn; t == nil || !t.admits(claim) {
		return t, false
	}
	t.calls++
	t.busy[claim] = true
	return t, true
}

// begin opens the directory and locks it, once other processes have had their chance.
func (b *Backup) begin(ctx context.Context) (*turn, error) {
	b.mu.Lock()
	others := time.Until(b.resume)
	b.mu.Unlock()
	select {
	case <-time.After(others):
	case <-ctx.Done():
		return nil, fmt.Errorf("other processes have their turn: %w", ctx.Err())
	}
	root, err := b.open()
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, root)
	if err != nil {
		_ = root.Close() // nothing was done in it
		return nil, err
	}
	return &turn{root: root, unlock: unlock, until: time.Now().Add(mostTurn), busy: map[string]bool{}, ended: make(chan struct{})}, nil
}

// leave ends the turn with its last call.
func (b *Backup) leave(t *turn, claim string) {
	b.mu.Lock()
	t.calls--
	delete(t.busy, claim)
	last, over := t.calls == 0, !time.Now().Before(t.until)
	if last {
		t.until = time.Time{}
	}
	b.mu.Unlock()
	if !last {
		return
	}
	t.unlock()
	_ = t.root.Close() // what was done in it is synced
	b.mu.Lock()
	if b.turn = nil; over {
		b.resume = time.Now().Add(pause)
	}
	b.mu.Unlock()
	close(t.ended)
}
