package watcher

// Events that this package logs, in the field "event".
const (
	eventStarted    = "watch.started"
	eventOverflow   = "watch.overflow"
	eventLimit      = "watch.limit"
	eventPolling    = "watch.polling"
	eventUnreadable = "watch.unreadable"
	eventRootGone   = "watch.root_gone"
	eventRootBack   = "watch.root_back"
)

// Events maps every event that this package logs to what it means and what to
// do.
var Events = map[string]string{
	eventStarted:    "the stats tree is watched; changes are seen as they are made. Nothing to do",
	eventOverflow:   "changes came faster than the kernel could queue them, and some events were lost; the tree is scanned instead, nothing is missed. If it happens often, raise the sysctl fs.inotify.max_queued_events",
	eventLimit:      "the kernel allows no more inotify watches or instances; the tree is polled until they fit. Raise the sysctl in `sysctl` from `current` to `suggested`",
	eventPolling:    "the tree is scanned at the poll interval, because events cannot be relied on; `reason` says why. Changes are seen later than with events. Nothing to do",
	eventUnreadable: "a directory of the tree cannot be read or watched; it is tried again at each scan. `err` says which. Mostly the user `uid` lacks permission: add it to a group that may, `usermod -aG GROUP statsmirror`, and start the service anew",
	eventRootGone:   "the stats directory does not exist; the service waits for it. If it was not removed on purpose, look at its mount and at the path in the configuration. `root_missing_s` in `service.heartbeat` says how long this lasts",
	eventRootBack:   "the stats directory is there now and watched. Nothing to do",
}
