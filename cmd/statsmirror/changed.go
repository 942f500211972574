package main

import (
	"time"

	"statsmirror/store"
)

// changed returns when the newest of sources was last written, "" for none.
func changed(sources []store.Source) string {
	var newest int64
	for _, s := range sources {
		newest = max(newest, s.ModTime)
	}
	if newest == 0 {
		return ""
	}
	return timestamp(newest)
}

// timestamp formats nanoseconds since 1970 in local time, to the second.
func timestamp(ns int64) string {
	return time.Unix(0, ns).Format(time.RFC3339)
}
