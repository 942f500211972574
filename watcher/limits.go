package watcher

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A limit is a kernel setting that allows no more watches.
type limit struct {
	sysctl    string
	current   int // 0 if it cannot be read
	suggested int
}

// limitOf returns the limit that caused err; false if err has another cause.
func limitOf(err error) (limit, bool) {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return readLimit("max_user_watches", 524288), true
	case errors.Is(err, unix.EMFILE):
		return readLimit("max_user_instances", 512), true
	}
	return limit{}, false
}

// readLimit suggests twice the current value, but not less than least.
func readLimit(name string, least int) limit {
	l := limit{sysctl: "fs.inotify." + name, suggested: least}
	text, err := os.ReadFile("/proc/sys/fs/inotify/" + name)
	if err != nil {
		return l
	}
	if l.current, err = strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		l.suggested = max(least, 2*l.current)
	}
	return l
}
