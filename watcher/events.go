package watcher

// The events that this package logs, in the field "event".
const (
	eventStarted    = "watch.started"
	eventOverflow   = "watch.overflow"
	eventLimit      = "watch.limit"
	eventPolling    = "watch.polling"
	eventUnreadable = "watch.unreadable"
	eventRootGone   = "watch.root_gone"
	eventRootBack   = "watch.root_back"
)

// Events maps every event that this package logs to its meaning and the action to take.
var Events = map[string]string{
	eventStarted:    "the stats tree is watched; changes are seen as they happen. Nothing to do",
	eventOverflow:   "changes came faster than the kernel could queue them, so some events were lost. A scan of the tree finds those changes; nothing is missed. If this happens often, raise the sysctl fs.inotify.max_queued_events",
	eventLimit:      "the kernel allows no more inotify watches or instances; the tree is polled until they fit. Raise the sysctl in `sysctl` from `current` to `suggested`",
	eventPolling:    "the tree is scanned at the poll interval because events cannot be relied on; `reason` says why. Changes are noticed later than with events. Nothing to do",
	eventUnreadable: "a directory of the tree cannot be read or watched; each scan tries again. `err` names the directory. Usually the user `uid` lacks permission: add it to a group that has it, `usermod -aG GROUP statsmirror`, and restart the service",
	eventRootGone:   "the stats directory does not exist, or has neither `training_stats` nor `validation_scores`; the service waits for them. If runs should be there, check the mount and the path in the configuration: it must name the directory that has these two. `root_missing_s` in `service.heartbeat` says how long this lasts",
	eventRootBack:   "the stats directory exists again, with at least one directory of runs, and is watched. Nothing to do",
}
