package service

// Names of events that the service logs.
const (
	EventStarted        = "service.started"
	EventReady          = "service.ready"
	EventStopped        = "service.stopped"
	EventStalled        = "service.stalled"
	EventFailed         = "service.failed"
	EventConfigReloaded = "config.reloaded"
	EventConfigInvalid  = "config.invalid"
)

// Events maps the name of each event to what it means and what to do.
var Events = map[string]string{
	EventStarted:        "the service begins; the fields say what it watches and where it mirrors to. Nothing to do",
	EventReady:          "the watches stand and the first scan is queued. Nothing to do",
	EventStopped:        "the service has ended; what was pending is copied after the next start. Nothing to do",
	EventFailed:         "the service has ended because of `err`, which says what to do. systemd starts it again by itself",
	EventStalled:        "the service makes no progress; `err` says where. Under systemd it is killed by the watchdog and started again. If it comes back, look at the disk or the mount that `err` names",
	EventConfigReloaded: "the configuration was read again and is in use; the fields are those of `service.started`. Nothing to do",
	EventConfigInvalid:  "the configuration was read again, but has the error in `err`, or its state directory cannot be used; the old one stays in use. Correct it, try it with `statsmirror check-config`, and reload again",
}
