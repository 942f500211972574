package main

import (
	"time"

	"statsmirror/store"
)

// changed returns when the newest of sources was last written, the zero time for none.
func changed(sources []store.Source) time.Time {
	var newest int64
	for _, s := range sources {
		newest = max(newest, s.ModTime)
	}
	if newest == 0 {
		return time.Time{}
	}
	return time.Unix(0, newest)
}

// formatted returns a time as timestamp does, "" for the zero time.
func formatted(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timestamp(t.UnixNano())
}

// timestamp formats nanoseconds since 1970 in local time, to the second.
func timestamp(ns int64) string {
	return time.Unix(0, ns).Format(time.RFC3339)
}
