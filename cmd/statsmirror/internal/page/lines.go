package page

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// lines are the lines of a command that watches, for a person or the journal.
type lines struct {
	out, stderr io.Writer
	said        map[string]string // troubles that are not over, by sameTrouble
}

func newLines(out, stderr io.Writer) *lines {
	return &lines{out: out, stderr: stderr, said: map[string]string{}}
}

// tell prints a line. The journal adds the time itself.
func (l *lines) tell(text string) {
	if !journal.IsJournal(l.out) {
		text = time.Now().Format(time.TimeOnly) + " " + text
	}
	fmt.Fprintln(l.out, text)
}

// trouble reports all that is wrong now; nil errors are nothing. It prints a trouble once, and again
// when it is over.
func (l *lines) trouble(all []error) {
	const most = 10 // lines at a time
	now := map[string]string{}
	var begun []error
	for _, err := range all {
		key := sameTrouble(err)
		if _, double := now[key]; err == nil || double {
			continue
		}
		now[key] = term.OneLine(err.Error())
		if _, said := l.said[key]; !said {
			begun = append(begun, err)
		}
	}
	if len(begun) > most {
		begun = append(begun[:most], fmt.Errorf("and %d more like this", len(begun)-most))
	}
	for _, err := range begun {
		fmt.Fprint(l.stderr, usage.Complaint(err, journal.IsJournal(l.stderr)))
	}
	over := 0
	for _, key := range slices.Sorted(maps.Keys(l.said)) {
		if _, still := now[key]; still {
			continue
		}
		if over++; over <= most {
			l.tell("over: " + l.said[key])
		}
	}
	if over > most {
		l.tell(fmt.Sprintf("over: %d more like this", over-most))
	}
	l.said = now
}

// volatile matches words that may differ each time, such as ports and durations.
var volatile = regexp.MustCompile(`\S*[0-9]\S*`)

// sameTrouble returns a text that is the same for an error that comes again; "" for nil. What fails
// stands before the first colon.
func sameTrouble(err error) string {
	if err == nil {
		return ""
	}
	what, why, _ := strings.Cut(err.Error(), ": ")
	return what + ": " + volatile.ReplaceAllString(why, "")
}
