package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/s3"
)

// Backup is the location of a backup, and how often a run may be copied there.
type Backup struct {
	URL      Path      // without the interval
	Interval *Duration // nil for the default
}

// The interval of a backup. The default holds for an object store, which charges for each upload;
// another place has none. With a longer interval than the most, the loss of a catalog could cost
// more than a day.
const (
	intervalKey     = "interval"
	defaultInterval = time.Minute
	mostInterval    = day
)

// newBackup returns the backup at a location, whose query may have an interval.
func newBackup(location string) (Backup, error) {
	rest, given, err := splitInterval(location)
	b := Backup{URL: Path(rest)}
	switch {
	case err != nil || given == nil:
		return b, err
	case !hasScheme(location):
		return b, errors.New("an interval is part of a URL, and a backup is a path; write file:///PATH?interval=5m, or {url: PATH, interval: 5m} in the configuration file")
	}
	return b, b.setInterval(*given)
}

// splitInterval takes the interval out of the query of a location, which without it is that of the
// same backup. The interval is nil if there is none.
func splitInterval(location string) (rest string, interval *string, err error) {
	base, query, ok := strings.Cut(location, "?")
	if !ok {
		return location, nil, nil
	}
	var kept []string
	for _, part := range strings.Split(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if key != intervalKey {
			kept = append(kept, part)
			continue
		}
		if interval != nil {
			return "", nil, errors.New("a backup has two intervals; leave one out")
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return "", nil, fmt.Errorf("the interval of a backup: %w", err)
		}
		interval = &value
	}
	if rest = base; len(kept) > 0 {
		rest += "?" + strings.Join(kept, "&")
	}
	return rest, interval, nil
}

func (b *Backup) setInterval(text string) error {
	var d Duration
	if err := d.Set(text); err != nil {
		return fmt.Errorf("the interval of a backup: %w", err)
	}
	if time.Duration(d) > mostInterval {
		return fmt.Errorf("the interval of a backup is %s; it must be between 0s and %s", Spell(time.Duration(d)), Spell(mostInterval))
	}
	b.Interval = &d
	return nil
}

// UnmarshalYAML reads a location, or a mapping with its url and interval.
func (b *Backup) UnmarshalYAML(node ast.Node) error {
	located := func(n ast.Node, err error) error {
		if err == nil {
			return nil
		}
		at := n.GetToken().Position
		return fmt.Errorf("[%d:%d] %w", at.Line, at.Column, err)
	}
	fields, ok := node.(ast.MapNode)
	if !ok {
		var location Path
		err := location.UnmarshalYAML(node)
		if err != nil {
			return err
		}
		*b, err = newBackup(string(location))
		return located(node, err)
	}
	var given *Backup
	var interval ast.Node
	for field := fields.MapRange(); field.Next(); {
		switch key := field.Key().GetToken(); key.Value {
		case "url":
			given = &Backup{}
			if err := given.UnmarshalYAML(field.Value()); err != nil {
				return err
			}
		case intervalKey:
			interval = field.Value()
		default:
			return fmt.Errorf("[%d:%d] unknown field %q%s", key.Position.Line, key.Position.Column, key.Value,
				usage.Suggestion(key.Value, []string{"url", intervalKey}))
		}
	}
	switch {
	case given == nil || given.URL == "":
		return located(node, errors.New("a backup lacks its url"))
	case interval == nil:
	case given.Interval != nil:
		return located(interval, errors.New("a backup has two intervals; leave one out"))
	default:
		if err := given.setInterval(interval.GetToken().Value); err != nil {
			return located(interval, err)
		}
	}
	*b = *given
	return nil
}

// intervalOf returns how often a run may be copied to the backup; 0 for no bound.
func (b Backup) intervalOf(opened backup.Backup) time.Duration {
	if b.Interval != nil {
		return time.Duration(*b.Interval)
	}
	if _, ok := opened.(*s3.Backup); ok {
		return defaultInterval
	}
	return 0
}
