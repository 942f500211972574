package term

import (
	"io"
	"time"
)

// TimeFor returns a time, to the second, for the reader of w: Zoned on a terminal, elsewhere UTC. It
// is "" for the zero time.
func TimeFor(w io.Writer, t time.Time) string {
	if IsTerminal(w) {
		return Zoned(t)
	}
	return UTC(t)
}

// Zoned returns a time for a person: in the zone that TZ or the host sets, with the zone's name, as
// systemd prints it.
func Zoned(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// UTC returns a time for a program or a file, in RFC 3339. Its order as text is its order in time.
func UTC(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
