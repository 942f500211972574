package service

// Names of events that the service logs.
const (
	EventStarted        = "service.started"
	EventReady          = "service.ready"
	EventStopped        = "service.stopped"
	EventStalled        = "service.stalled"
	EventFailed         = "service.failed"
	EventStatusFailed   = "status.failed"
	EventConfigReloaded = "config.reloaded"
	EventConfigInvalid  = "config.invalid"
)

// Events maps each event to its meaning and the action to take.
var Events = map[string]string{
	EventStarted:        "the service starts; the fields name the stats tree, the catalog and the backups. Nothing to do",
	EventReady:          "the tree is watched and the first scan is queued. Nothing to do",
	EventStopped:        "the service has ended; it makes pending copies after the next start. Nothing to do",
	EventFailed:         "the service has ended because of `err`, which says what to do. systemd starts it again by itself",
	EventStalled:        "the service makes no progress; `err` says where. Under systemd the watchdog restarts it. If this happens again, check the disk or the mount that `err` names",
	EventStatusFailed:   "the file `path`, with the figures of the heartbeat for `statsmirror status` or for Prometheus, could not be written; the service tries again every 15 seconds, and mirrors on. See `err`: usually permissions. If systemd makes its directory a read-only file system, allow it with `systemctl edit statsmirror` and `ReadWritePaths=` in `[Service]`",
	EventConfigReloaded: "the configuration was read again and is in use; the fields are those of `service.started`. Nothing to do",
	EventConfigInvalid:  "the configuration was read again, but has the error in `err`, or its state directory cannot be used; the old one stays in use. Correct it, try it with `statsmirror check-config`, and reload again",
}
