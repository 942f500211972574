package list

import (
	"context"
	"fmt"
	"io"
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
	runs, _, err := l.read(ctx)
	if err != nil && ctx.Err() == nil {
		return err
	}
	term.EnterPage(w)
	for ctx.Err() == nil {
		l.draw(w, runs, err, interval)
		select {
		case <-ctx.Done():
		case <-time.After(interval):
			if again, failure := l.readOrStop(ctx); failure == nil {
				runs, err = again, nil
			} else {
				err = failure
			}
		}
	}
	s, _ := term.ScreenOf(w)
	term.LeavePage(w)
	_, err = fmt.Fprint(w, strings.Join(l.lowered(runs, s), "\n"), "\n")
	return err
}

// readOrStop is read, but returns when ctx is done even if a place does not answer, because the
// terminal must get its own page back.
func (l *List) readOrStop(ctx context.Context) ([]Run, error) {
	type answer struct {
		runs []Run
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		runs, _, err := l.read(ctx)
		answers <- answer{runs, err}
	}()
	select {
	case a := <-answers:
		return a.runs, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// draw shows the runs, and why they could not be read again.
func (l *List) draw(w io.Writer, runs []Run, err error, interval time.Duration) {
	s, _ := term.ScreenOf(w)
	status := fmt.Sprintf("%s, every %v; Ctrl-C ends", time.Now().Format(time.TimeOnly), interval)
	how := term.Faint
	if err != nil {
		status, how = term.OneLine(err.Error()), term.Red
	}
	s.Height--
	term.DrawPage(w, append([]string{s.Paint(term.CutEnd(status, s.Width), how)}, l.lowered(runs, s)...))
}

// lowered returns as many lines of the list as fit on a screen. If lines are left out, the last one
// says how many.
func (l *List) lowered(runs []Run, s term.Screen) []string {
	lines := l.lines(runs, s, time.Now())
	if len(lines) <= s.Height {
		return lines
	}
	shown := max(1, s.Height-1)
	caption := fmt.Sprintf("and %d more; sort them by --sort, or name a pattern", len(lines)-1-shown)
	return append(lines[:shown:shown], s.Paint(term.CutEnd(caption, s.Width), term.Faint))
}
