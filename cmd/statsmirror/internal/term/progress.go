package term

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Progress shows the progress of long work: a bar on a terminal, elsewhere a line every ten
// seconds. Its methods may be called concurrently.
type Progress struct {
	w        io.Writer
	count    func(total int) string
	terminal bool
	next     time.Time // of the next line

	mu  sync.Mutex
	bar string // on the line of the cursor, which is at its beginning
}

// NewProgress returns a Progress that writes to w. It has written nothing yet. count names a number
// of things: "2 runs".
func NewProgress(w io.Writer, count func(total int) string) *Progress {
	return &Progress{w: w, count: count, terminal: IsTerminal(w)}
}

// At shows how many of all things are done.
func (p *Progress) At(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		p.bar = p.barOf(done, total)
		fmt.Fprint(p.w, p.bar+"\r")
		return
	}
	const interval = 10 * time.Second
	now := time.Now()
	if p.next.IsZero() {
		p.next = now.Add(interval)
	}
	if done < total && !now.Before(p.next) {
		p.next = now.Add(interval)
		fmt.Fprintf(p.w, "%d of %s done\n", done, p.count(total))
	}
}

func (p *Progress) barOf(done, total int) string {
	const width = 40
	const bars = "########################################"
	filled := width
	if total > 0 {
		filled = width * done / total
	}
	return fmt.Sprintf("[%-*s] %d/%s", width, bars[:filled], done, p.count(total))
}

// End ends the line of the bar, so that the next output begins a line.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != "" {
		fmt.Fprintln(p.w)
		p.bar = ""
	}
}

// aboveBar writes whole lines. Each takes the place of the bar, which is drawn again below.
type aboveBar struct {
	*Progress
	fd uintptr
}

// Above returns a writer for whole lines, such as those of a log, one or more per call. They appear
// above the bar on a terminal, or else in p's own output.
func (p *Progress) Above() io.Writer {
	if f, ok := p.w.(*os.File); ok && p.terminal {
		return aboveBar{p, f.Fd()}
	}
	return p.w
}

// Fd returns the terminal's file descriptor.
func (a aboveBar) Fd() uintptr { return a.fd }

func (a aboveBar) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bar == "" {
		return a.w.Write(line)
	}
	if _, err := fmt.Fprintf(a.w, "%*s\r%s%s\r", len(a.bar), "", line, a.bar); err != nil {
		return 0, err
	}
	return len(line), nil
}
