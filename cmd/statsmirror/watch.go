package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
)

var errNoScreen = &usage.Error{Err: errors.New("--watch draws on a terminal, and this is none; leave it out, or give --json for a program")}

// watch shows the runs until ctx is done, and leaves what it showed last.
func (l *runList) watch(ctx context.Context, w io.Writer, interval time.Duration) error {
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

// readOrStop is read, but returns when ctx is done even if a place does not answer, because
// the terminal must have its own page back. The read that it abandons has a copy of the list.
func (l *runList) readOrStop(ctx context.Context) ([]runJSON, error) {
	type answer struct {
		list runList
		runs []runJSON
		err  error
	}
	answers := make(chan answer, 1)
	again := l.clone()
	go func() {
		runs, _, err := again.read(ctx)
		answers <- answer{again, runs, err}
	}()
	select {
	case a := <-answers:
		*l = a.list
		return a.runs, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// clone returns a list whose archives are its own.
func (l *runList) clone() runList {
	c := *l
	c.locations = slices.Clone(l.locations)
	for i := range c.locations {
		c.locations[i].archives = slices.Clone(c.locations[i].archives)
	}
	return c
}

// draw shows the runs, and why they could not be read again.
func (l *runList) draw(w io.Writer, runs []runJSON, err error, interval time.Duration) {
	s, _ := term.ScreenOf(w)
	status := fmt.Sprintf("%s, every %v; Ctrl-C ends", time.Now().Format(time.TimeOnly), interval)
	how := term.Faint
	if err != nil {
		status, how = term.OneLine(err.Error()), term.Red
	}
	s.Height--
	term.DrawPage(w, append([]string{s.Paint(term.CutEnd(status, s.Width), how)}, l.lowered(runs, s)...))
}

// lowered returns as many lines of the list as a screen has, the last of which says
// how many are left out.
func (l *runList) lowered(runs []runJSON, s term.Screen) []string {
	lines := l.lines(runs, s, time.Now())
	if len(lines) <= s.Height {
		return lines
	}
	shown := max(1, s.Height-1)
	caption := fmt.Sprintf("and %d more; sort them by --sort, or name a pattern", len(lines)-1-shown)
	return append(lines[:shown:shown], s.Paint(term.CutEnd(caption, s.Width), term.Faint))
}
