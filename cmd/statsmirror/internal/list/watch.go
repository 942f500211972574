package list

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
)

var errNoScreen = usage.Errorf("--watch needs a terminal; leave it out, or give --json for a program")

// Watch shows the runs until ctx is done. The last state stays on the screen.
func (l *List) Watch(ctx context.Context, w io.Writer, interval time.Duration) error {
	if s, ok := term.ScreenOf(w); !ok || !s.Cursor {
		return errNoScreen
	}
	is, err := l.read(ctx)
	if err != nil && ctx.Err() == nil {
		return err
	}
	term.EnterPage(w)
	for ctx.Err() == nil {
		l.show(w, is, err, interval)
		select {
		case <-ctx.Done():
		case <-time.After(interval):
			if again, failure := l.readOrStop(ctx); failure == nil {
				is, err = again, nil
			} else {
				err = failure
			}
		}
	}
	s, _ := term.ScreenOf(w)
	term.LeavePage(w)
	_, err = fmt.Fprint(w, strings.Join(l.lowered(is, s), "\n"), "\n")
	return err
}

// readOrStop is read, but returns when ctx is done even if a place does not answer, because the
// terminal must get its own page back.
func (l *List) readOrStop(ctx context.Context) (contents, error) {
	type answer struct {
		is  contents
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		is, err := l.read(ctx)
		answers <- answer{is, err}
	}()
	select {
	case a := <-answers:
		return a.is, a.err
	case <-ctx.Done():
		return contents{}, ctx.Err()
	}
}

// show shows the runs, and why they could not be read again.
func (l *List) show(w io.Writer, is contents, err error, interval time.Duration) {
	s, _ := term.ScreenOf(w)
	status := fmt.Sprintf("%s, every %v; Ctrl-C ends", time.Now().Format(time.TimeOnly), interval)
	how := term.Faint
	if err != nil {
		status, how = term.OneLine(err.Error()), term.Red
	}
	s.Height--
	term.DrawPage(w, append([]string{s.Paint(term.CutEnd(status, s.Width), how)}, l.lowered(is, s)...))
}

// lowered returns the lines of as many runs as fit on a screen. If runs are left out, the last line
// says how many.
func (l *List) lowered(is contents, s term.Screen) []string {
	d := l.draw(is, s, time.Now())
	lines := slices.Concat([]string{d.head}, slices.Concat(d.runs...), d.foot)
	if len(lines) <= s.Height {
		return lines
	}
	lines = []string{d.head}
	shown := 0
	for _, run := range d.runs {
		if shown > 0 && len(lines)+len(run) > s.Height-1 {
			break
		}
		lines = append(lines, run...)
		shown++
	}
	lines = lines[:max(1, min(len(lines), s.Height-1))]
	caption := fmt.Sprintf("and %d more; sort them by --sort, or name a pattern", len(d.runs)-shown)
	return append(lines, s.Paint(term.CutEnd(caption, s.Width), term.Faint))
}
