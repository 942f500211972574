// Package event defines the log of package mirror and the packages below it: names of events and
// fields, the meaning of each event and the action to take, and how often a line may be logged.
//
// Names and fields are a promise of the program: alarms and dashboards look for them. A new event
// needs an entry in [Meanings].
package event

import "go.uber.org/zap"

// Names of events, in the field "event".
const (
	Stored      = "run.stored"
	Extended    = "run.extended"
	Overwritten = "run.overwritten"
	Adopted     = "run.adopted"
	Invalid     = "run.invalid"
	Foreign     = "run.foreign"
	Problems    = "run.problems"
	Trailing    = "run.trailing_bytes"
	Failed      = "run.failed"
	Gone        = "run.gone"
	Back        = "run.back"
	Pruned      = "run.pruned"
	Retention   = "retention.due"

	Mirrored        = "backup.mirrored"
	BackupFailed    = "backup.failed"
	Recovered       = "backup.recovered"
	Pending         = "backup.pending"
	NotRemoved      = "backup.not_removed"
	BackupHeartbeat = "backup.heartbeat"
	BackupDamaged   = "backup.damaged"
	BackupLimited   = "backup.limited"
	Damaged         = "catalog.damaged"
	CatalogFailed   = "catalog.failed"
	Heartbeat       = "service.heartbeat"

	Verified         = "verify.finished"
	VerifyDamaged    = "verify.damaged"
	VerifyIncomplete = "verify.incomplete"
)

// Meanings maps every event to its meaning and the action to take.
var Meanings = map[string]string{
	Stored:      "the first snapshot of a run is in the catalog. Nothing to do",
	Extended:    "a run grew, or its other kind of statistics followed an overwrite into the new generation. Its snapshot holds the new rows. Nothing to do",
	Overwritten: "a run started over or was changed. Its history keeps the previous generation whole. `diverged=true`: the run also went further, so an overwrite was missed while nobody watched. If nobody meant to overwrite it: `statsmirror history`, then `statsmirror restore` with `--generation`",
	Adopted:     "a backup held content of the run that the catalog lacked. The catalog has it now. Nothing to do",
	Invalid:     "a stats file is damaged: its content is wrong, or it has ended in the middle for longer than `damaged_after`. The snapshot stays as it was. `hint` has the command that repairs it, `rows` says how many of its rows can be saved. The service reads the file again when it changes",
	Foreign:     "a file in the stats tree is not a pickle; the service ignores it. `err` says what it is, if its first bytes reveal that. Move it elsewhere, or list it under `ignore` in the configuration",
	Problems:    "a stats file is unusual but usable, or continues after a gap, or is a link that may not be followed and so is not mirrored; `problems` has the details. For a link: let root make it, or give the link and its target the same owner. Otherwise nothing to do, but check the program that writes the file",
	Trailing:    "a stats file has bytes after its end, which are ignored, as DaCapo ignores them. Nothing to do",
	Failed:      "a stats file could not be read, or a snapshot could not be written; the service tries again. `held_back` counts more lines like this one that were not logged. See `err`: usually permissions or a full disk",
	Gone:        "the files of a run have been missing for longer than the grace. Its snapshot and history stay. Nothing to do if someone deleted them on purpose; otherwise: `statsmirror restore RUN --in-place`",
	Back:        "the files of a missing run exist again. Nothing to do",
	Pruned:      "ended generations of a run were removed because the configuration does not keep them. `generations` lists them; `backup` names the place, unless it is the catalog. Nothing to do. If you want to keep more, change `keep_generations` and `keep_for`",
	Retention:   "the service started, or was reloaded, with a configuration that does not keep every ended generation. At the time `at` it begins to remove them, first from the catalog, then from the backups. As of now these are `expired` generations of `runs` runs. To keep them, change `keep_generations` and `keep_for` before then, and reload",

	Mirrored:         "a verified copy of a run's snapshot and history is in the backup. Nothing to do",
	BackupFailed:     "a copy could not be made; the service tries again, with growing pauses. `held_back` counts earlier failures that were not logged. See `err`: is the backup mounted, may the user write there, is it full, does another service write there? If systemd makes it a read-only file system, allow it with `systemctl edit statsmirror` and `ReadWritePaths=` in `[Service]`",
	Recovered:        "the backup works again. Nothing to do",
	Pending:          "the service stops, and these runs have no verified copy in the backup yet. The service copies them after its next start. Nothing to do but start it again",
	NotRemoved:       "copies of ended generations that the configuration does not keep could not be removed from a backup. The service tries again every five minutes; nothing else is affected. See `err`: usually the key or user may not delete there, or the backup held runs of another catalog and needs `statsmirror prune --yes` once. If the copies should stay, nothing to do",
	BackupHeartbeat:  "comes with `service.heartbeat`, for one backup: how many runs are `dirty` for it, how many of them wait for its `interval` (`waiting`, if it has one), the age of the oldest change that it lacks, and for how many seconds it has been failing (`failing_s`, 0 if it works). For an object store also the requests since the last line: `puts`, `gets`, `lists`, `deletes`, and the `bytes` sent",
	BackupDamaged:    "a file of the backup is damaged, and the catalog has never seen this version of it: somebody changed the backup, or restored an older catalog. The service copied the file to `path` in the backup and replaces it. Check the disk. Delete the copy if `statsmirror show` and `statsmirror history` show all rows",
	BackupLimited:    "a backup works, but is less safe than it could be: its server lacks something, or everybody may read the key; `problems` says what, and what follows. The service logs this once after its start, and reads every copy back in any case. Protect the key. If the server lacks something, nothing to do, unless another server is at hand",
	Damaged:          "a file of the catalog is damaged. A damaged snapshot was moved aside to `path`; the service replaces it from a backup, or else from the stats tree. A damaged ended generation is moved aside when the service replaces it from a backup with the same rows, or when it needs its place. Check the disk",
	CatalogFailed:    "the record of files read and copied could not be written. Nothing is lost, but after a restart the service reads more files again. See `err`: usually a full disk",
	Verified:         "`statsmirror verify --log`, which `statsmirror-verify.timer` starts weekly, has read every snapshot of `runs` runs in `places` places, and all are whole. Nothing to do",
	VerifyDamaged:    "`statsmirror verify` found `damaged` snapshots that are damaged or missing; `problems` names some. Check the disk. Remove a damaged file from a backup, and the service copies it again; it replaces one of the catalog when it starts",
	VerifyIncomplete: "`statsmirror verify` could not read `unread` snapshots, or a whole place; `problems` and `err` say why. The others are whole. Usually a backup is away or permissions are missing",
	Heartbeat:        "the service is alive. `oldest_unmirrored_s`, the age of the oldest change that some backup lacks, is the figure to alarm on. Alarm also on `root_missing_s`, the seconds without a stats tree to watch, and if no heartbeat comes for 10 minutes",
}

// Names of log fields.
const (
	FieldEvent          = "event"
	FieldRun            = "run"
	FieldKind           = "kind"
	FieldGeneration     = "generation"
	FieldGenerations    = "generations"
	FieldExpired        = "expired"
	FieldAt             = "at"
	FieldTrainedUntil   = "trained_until"
	FieldValidatedUntil = "validated_until"
	FieldDiverged       = "diverged"
	FieldRows           = "rows"
	FieldBytes          = "bytes"
	FieldDuration       = "duration_ms"
	FieldBackup         = "backup"
	FieldErr            = "err"
	FieldPath           = "path"
	FieldOffset         = "offset"
	FieldSHA256         = "sha256"
	FieldHint           = "hint"
	FieldProblems       = "problems"
	FieldHeldBack       = "held_back"
	FieldGoneSince      = "gone_since"
	FieldRuns           = "runs"
	FieldDirty          = "dirty"
	FieldWaiting        = "waiting"
	FieldInterval       = "interval_s"
	FieldOldest         = "oldest_unmirrored_s"
	FieldRootMissing    = "root_missing_s"
	FieldMerges         = "merges"
	FieldFailing        = "failing_s"
	FieldPuts           = "puts"
	FieldGets           = "gets"
	FieldLists          = "lists"
	FieldDeletes        = "deletes"
	FieldPlaces         = "places"
	FieldDamaged        = "damaged"
	FieldUnread         = "unread"
)

// Fields explains each field, in the order of the manual.
var Fields = []struct{ Name, Meaning string }{
	{FieldEvent, "the name of the event"},
	{FieldRun, "the name of the run"},
	{FieldKind, "the kind of statistics: `training_stats` or `validation_scores`"},
	{FieldGeneration, "the number of the run's generation, from 1"},
	{FieldGenerations, "the numbers of the generations that were removed"},
	{FieldTrainedUntil, "one more than the last iteration with training statistics"},
	{FieldValidatedUntil, "one more than the highest iteration with validation scores"},
	{FieldDiverged, "true if the run was changed and also went further"},
	{FieldRows, "how many rows of both kinds the snapshot has; for `run.invalid`, how many of the file can be saved"},
	{FieldBytes, "the size in bytes of the stats files that were read, or of the copy that was made; in a heartbeat, of all since the previous heartbeat"},
	{FieldDuration, "how long it took, in milliseconds"},
	{FieldBackup, "the location of the backup"},
	{FieldErr, "the error: which file, where in it, and what to do"},
	{FieldPath, "the file"},
	{FieldOffset, "the byte of the file at which the damage begins"},
	{FieldSHA256, "the SHA-256 of the file"},
	{FieldHint, "what to do about the file: usually the command that repairs it"},
	{FieldProblems, "what is unusual about the file or the server, as a list"},
	{FieldHeldBack, "how many lines like this one were suppressed since the last one"},
	{FieldGoneSince, "when the run's files were first found missing"},
	{FieldRuns, "how many runs there are; for `backup.pending`, the names of some"},
	{FieldDirty, "how many runs have a change that some backup lacks"},
	{FieldWaiting, "how many of the dirty runs are not late: they wait for the backup's `interval` to end"},
	{FieldInterval, "the backup's `interval`, in seconds"},
	{FieldOldest, "the age of the oldest change that some backup, or the catalog, lacks, in seconds; 0 if none does. The time in which a copy waits for the backup's `interval` does not count"},
	{FieldRootMissing, "for how many seconds there has been no stats tree to watch"},
	{FieldMerges, "how many changes of runs were stored since the last heartbeat"},
	{FieldFailing, "for how many seconds the backup has been failing; 0 if it works"},
	{FieldPuts, "how many objects were sent since the last heartbeat"},
	{FieldGets, "how many objects were read or examined since the last heartbeat"},
	{FieldLists, "how many listings were requested since the last heartbeat"},
	{FieldDeletes, "how many objects were deleted since the last heartbeat"},
	{FieldPlaces, "how many places were verified: the catalog and the backups"},
	{FieldDamaged, "how many snapshots are damaged or missing"},
	{FieldUnread, "how many snapshots could not be read"},
	{FieldExpired, "how many generations the configuration does not keep"},
	{FieldAt, "when the first generation will be removed"},
}

// Is is the field with the event of a line.
func Is(name string) zap.Field { return zap.String(FieldEvent, name) }
