package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/store"
)

// Verdict sums up a service. A greater one is worse.
type Verdict int

// The verdicts.
const (
	Mirrored  Verdict = iota // every backup has everything, or lacks only the changes of a moment
	Late                     // some change has lacked a copy for too long, or may lack one
	Damaged                  // some stats file is damaged
	Unwatched                // nothing is watched, as far as is known
)

func (v Verdict) String() string {
	return [...]string{"all mirrored", "late", "damaged", "not watched"}[v]
}

// MarshalText writes the verdict for programs.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Line is one finding about a service.
type Line struct {
	Verdict Verdict
	Text    string
	Advice  string // a command, or another action; "" for none
}

// stale is the age at which a status file no longer shows that the service works.
const stale = 2 * time.Minute

// Judge returns the findings about a service. The service's name is that of its unit; "" if systemd
// did not start it. A change is late if it has lacked a copy for longer than a limit.
func (f File) Judge(now time.Time, limit time.Duration, service string) []Line {
	age := now.Sub(f.Written)
	lines := []Line{{Mirrored, fmt.Sprintf("%s in %s, as of %s ago", store.CountRuns(int(f.Runs)), term.OneLine(f.Stats), spell(max(age, 0))), ""}}
	add := func(v Verdict, advice, format string, args ...any) {
		lines = append(lines, Line{v, fmt.Sprintf(format, args...), advice})
	}
	switch {
	case age > stale:
		add(Unwatched, logOf(service, ""), "the service has written nothing for %s: it was killed, or hangs", spell(age))
	case age < -stale:
		add(Unwatched, "", "the status is from the future, %s: a clock was set", term.Zoned(f.Written))
	case f.Stalled != "":
		add(Unwatched, logOf(service, "service.stalled"), "the service makes no progress: %s", term.OneLine(f.Stalled))
	case f.RootMissing > 0:
		add(Unwatched, logOf(service, "watch.root_gone"), "there has been no stats tree to watch for %s", spellSeconds(f.RootMissing))
	case f.Starting:
		add(Late, "", "the service looks at the stats tree after its start; more runs may lack a copy")
	}
	for _, b := range f.Backups {
		lines = append(lines, b.judge(limit, service))
	}
	if f.Failed > 0 {
		add(Late, logOf(service, "run.failed"), "%s cannot be read or stored%s", store.CountRuns(int(f.Failed)), named(f.FailedRuns, f.Failed))
	} else if late := time.Duration(f.Oldest) * time.Second; late > limit && Worst(lines) < Late {
		add(Late, "", "a change has waited for %s to be stored", spell(late))
	}
	if f.Damaged > 0 {
		add(Damaged, logOf(service, "run.invalid"), "%s with a damaged stats file%s", store.CountRuns(int(f.Damaged)), named(f.DamagedRuns, f.Damaged))
	}
	if f.Verified != nil {
		lines = append(lines, f.Verified.judge(now, service))
	}
	if f.Unfinished > 0 {
		add(Mirrored, "", "%s with an unfinished stats file: a store may be under way", store.CountRuns(int(f.Unfinished)))
	}
	return lines
}

// judge returns the finding about one backup.
func (b Backup) judge(limit time.Duration, service string) Line {
	place := "backup " + term.OneLine(b.Backup) + ": "
	oldest, failing := time.Duration(b.Oldest)*time.Second, time.Duration(b.Failing)*time.Second
	due := max(b.Dirty-b.Waiting, 0)
	switch {
	case failing > limit:
		return Line{Late, place + "has failed for " + spell(failing) + ", lacks " + changes(due) + named(b.LateRuns, due), logOf(service, "backup.failed")}
	case oldest > limit:
		return Line{Late, place + "has lacked " + changes(due) + " for " + spell(oldest) + named(b.LateRuns, due), ""}
	case due > 0:
		return Line{Mirrored, place + changes(due) + " on the way", ""}
	case b.Waiting > 0:
		return Line{Mirrored, place + changes(b.Waiting) + " wait for its interval of " + spellSeconds(b.Interval), ""}
	}
	return Line{Mirrored, place + "has everything", ""}
}

func changes(runs int64) string { return "changes of " + store.CountRuns(int(runs)) }

// logOf returns the command that shows the event of a service.
func logOf(service, event string) string {
	switch {
	case service == "":
		return "see the service's log"
	case event == "":
		return "systemctl status " + service
	}
	return "journalctl -u " + service + " EVENT=" + event
}

// named lists the names of some of n runs.
func named(runs []string, n int64) string {
	if len(runs) == 0 {
		return ""
	}
	var names []string
	for _, run := range runs {
		names = append(names, term.Printable(run))
	}
	if int64(len(runs)) < n {
		names = append(names, "...")
	}
	return ": " + strings.Join(names, ", ")
}

func spellSeconds(s int64) string { return spell(time.Duration(s) * time.Second) }

// spell writes a duration in words: "3 minutes".
func spell(d time.Duration) string {
	if d < time.Second {
		return "a moment"
	}
	now := time.Now()
	return strings.TrimSpace(humanize.RelTime(now.Add(-d), now, "", ""))
}

// Worst returns the worst verdict of some findings.
func Worst(lines []Line) Verdict {
	v := Mirrored
	for _, l := range lines {
		v = max(v, l.Verdict)
	}
	return v
}
