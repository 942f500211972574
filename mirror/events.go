package mirror

// Events that this package logs, in the field "event".
const (
	eventStored      = "run.stored"
	eventExtended    = "run.extended"
	eventOverwritten = "run.overwritten"
	eventAdopted     = "run.adopted"
	eventInvalid     = "run.invalid"
	eventForeign     = "run.foreign"
	eventProblems    = "run.problems"
	eventTrailing    = "run.trailing_bytes"
	eventFailed      = "run.failed"
	eventGone        = "run.gone"
	eventBack        = "run.back"
	eventRemoved     = "run.pruned"

	eventMirrored        = "backup.mirrored"
	eventBackupFailed    = "backup.failed"
	eventRecovered       = "backup.recovered"
	eventPending         = "backup.pending"
	eventNotRemoved      = "backup.not_removed"
	eventBackupHeartbeat = "backup.heartbeat"
	eventDamaged         = "catalog.damaged"
	eventCatalogFailed   = "catalog.failed"
	eventHeartbeat       = "service.heartbeat"
)

// Events maps every event that this package logs to what it means and what to
// do.
var Events = map[string]string{
	eventStored:      "the first snapshot of a run is in the catalog. Nothing to do",
	eventExtended:    "a run grew; its snapshot holds the new rows. Nothing to do",
	eventOverwritten: "a run began anew or was changed; the generation before is kept whole in its history. `diverged=true`: it went further too, so that an overwrite was missed while nobody watched. If it was not meant: `statsmirror history`, then `statsmirror restore` with `--generation`",
	eventAdopted:     "a backup held content of the run that the catalog did not; the catalog has it now. Nothing to do",
	eventInvalid:     "a stats file is damaged: its content is wrong, or it has ended in the middle for longer than `damaged_after`. The snapshot stays as it was. `hint` names the command that repairs it, `rows` says how many rows of it can be saved. It is read again when it changes",
	eventForeign:     "a file in the stats tree is not a pickle, and left alone. Move it elsewhere, or name it under `ignore` in the configuration",
	eventProblems:    "a stats file is unusual but usable, or a link that is not followed, which is not mirrored; `problems` says how. Of a link: let root make it, or give it and what it leads to one owner. Else nothing to do, but look at what writes it",
	eventTrailing:    "a stats file has bytes after its end, which were ignored as DaCapo ignores them. Nothing to do",
	eventFailed:      "a stats file could not be read, or a snapshot not be written; it is tried again by itself. `held_back` lines like this one were not logged. See `err`: mostly permissions, or a full disk",
	eventGone:        "the files of a run have been gone for longer than the grace; its snapshot and its history stay. Nothing to do if they were deleted on purpose, else: `statsmirror restore RUN --in-place`",
	eventBack:        "the files of a run that was gone are there again. Nothing to do",
	eventRemoved:     "ended generations of a run were removed, because the configuration does not keep them; `generations` says which, `backup` from where, if not from the catalog. Nothing to do. If it was not meant, change `keep_generations` and `keep_for`",

	eventMirrored:        "a verified copy of a run's snapshot and history is in the backup. Nothing to do",
	eventBackupFailed:    "a copy could not be made; it is tried again by itself, with growing pauses. `held_back` failures before this one were not logged. See `err`: is it mounted, may the user write there, is it full, does another service write there? Where systemd says read-only file system, allow it with `systemctl edit statsmirror` and `ReadWritePaths=` in `[Service]`",
	eventRecovered:       "the backup works again. Nothing to do",
	eventPending:         "the service stops and these runs have no verified copy in the backup yet; they are copied after the next start. Nothing to do, but start it again",
	eventNotRemoved:      "copies of ended generations that the configuration does not keep could not be removed; it is tried again every five minutes, and holds up nothing. See `err`: mostly the key or user may not delete there. If that is meant, nothing to do",
	eventBackupHeartbeat: "with `service.heartbeat`, of one backup: how many runs are `dirty` for it, the age of the oldest change that it does not have, and since how many seconds it has been failing (`failing_s`, 0 if it works). Of an object store also what it has been asked since the last time: `puts`, `gets`, `lists`, `deletes`, and `bytes` sent",
	eventDamaged:         "a file of the catalog is damaged. A snapshot was moved aside to `path`; it is replaced from a backup, or else from the stats tree. A damaged ended generation is moved aside when it is replaced from a backup that has the same rows, or when its place is needed. Check the disk",
	eventCatalogFailed:   "a record of what was read and copied could not be written; nothing is lost, but more is read again after a restart. See `err`: mostly a full disk",
	eventHeartbeat:       "the service is alive. `oldest_unmirrored_s`, the age of the oldest change that is not in every backup, is what to alarm on. So are `root_missing_s`, for how many seconds there has been no stats tree to watch, and a heartbeat that does not come within 10 minutes",
}

// Names of log fields.
const (
	fieldEvent          = "event"
	fieldRun            = "run"
	fieldKind           = "kind"
	fieldGeneration     = "generation"
	fieldGenerations    = "generations"
	fieldTrainedUntil   = "trained_until"
	fieldValidatedUntil = "validated_until"
	fieldDiverged       = "diverged"
	fieldRows           = "rows"
	fieldBytes          = "bytes"
	fieldDuration       = "duration_ms"
	fieldBackup         = "backup"
	fieldErr            = "err"
	fieldPath           = "path"
	fieldOffset         = "offset"
	fieldSHA256         = "sha256"
	fieldHint           = "hint"
	fieldProblems       = "problems"
	fieldHeldBack       = "held_back"
	fieldGoneSince      = "gone_since"
	fieldRuns           = "runs"
	fieldDirty          = "dirty"
	fieldOldest         = "oldest_unmirrored_s"
	fieldRootMissing    = "root_missing_s"
	fieldMerges         = "merges"
	fieldFailing        = "failing_s"
	fieldPuts           = "puts"
	fieldGets           = "gets"
	fieldLists          = "lists"
	fieldDeletes        = "deletes"
)
