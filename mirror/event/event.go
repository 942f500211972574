// Package event has what the log of package mirror and the packages below it
// consists of: the names of events and fields, what each event means and what to do,
// and how often it may be logged.
//
// Names and fields are part of what the program promises: alarms and dashboards
// look for them. An event that is added has a meaning in [Meanings].
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
	Damaged         = "catalog.damaged"
	CatalogFailed   = "catalog.failed"
	Heartbeat       = "service.heartbeat"
)

// Meanings maps every event to what it means and what to
// do.
var Meanings = map[string]string{
	Stored:      "the first snapshot of a run is in the catalog. Nothing to do",
	Extended:    "a run grew, or its other kind of statistics followed an overwrite into the new generation; its snapshot holds the new rows. Nothing to do",
	Overwritten: "a run began anew or was changed; the generation before is kept whole in its history. `diverged=true`: it went further too, so that an overwrite was missed while nobody watched. If it was not meant: `statsmirror history`, then `statsmirror restore` with `--generation`",
	Adopted:     "a backup held content of the run that the catalog did not; the catalog has it now. Nothing to do",
	Invalid:     "a stats file is damaged: its content is wrong, or it has ended in the middle for longer than `damaged_after`. The snapshot stays as it was. `hint` names the command that repairs it, `rows` says how many rows of it can be saved. It is read again when it changes",
	Foreign:     "a file in the stats tree is not a pickle, and left alone. Move it elsewhere, or name it under `ignore` in the configuration",
	Problems:    "a stats file is unusual but usable, or goes on after a gap from what the run had, or is a link that is not followed, which is not mirrored; `problems` says how. Of a link: let root make it, or give it and what it leads to one owner. Else nothing to do, but look at what writes it",
	Trailing:    "a stats file has bytes after its end, which were ignored as DaCapo ignores them. Nothing to do",
	Failed:      "a stats file could not be read, or a snapshot not be written; it is tried again by itself. `held_back` lines like this one were not logged. See `err`: mostly permissions, or a full disk",
	Gone:        "the files of a run have been gone for longer than the grace; its snapshot and its history stay. Nothing to do if they were deleted on purpose, else: `statsmirror restore RUN --in-place`",
	Back:        "the files of a run that was gone are there again. Nothing to do",
	Pruned:      "ended generations of a run were removed, because the configuration does not keep them; `generations` says which, `backup` from where, if not from the catalog. Nothing to do. If it was not meant, change `keep_generations` and `keep_for`",
	Retention:   "the service has begun, or was reloaded, with a configuration that does not keep every ended generation. At `at` it removes the first ones from the catalog, and then from the backups; as of now these are `expired` generations of `runs` runs. If that is not meant, change `keep_generations` and `keep_for` before then, and reload",

	Mirrored:        "a verified copy of a run's snapshot and history is in the backup. Nothing to do",
	BackupFailed:    "a copy could not be made; it is tried again by itself, with growing pauses. `held_back` failures before this one were not logged. See `err`: is it mounted, may the user write there, is it full, does another service write there? Where systemd says read-only file system, allow it with `systemctl edit statsmirror` and `ReadWritePaths=` in `[Service]`",
	Recovered:       "the backup works again. Nothing to do",
	Pending:         "the service stops and these runs have no verified copy in the backup yet; they are copied after the next start. Nothing to do, but start it again",
	NotRemoved:      "copies of ended generations that the configuration does not keep could not be removed; it is tried again every five minutes, and holds up nothing. See `err`: mostly the key or user may not delete there, or the backup held runs of another catalog and `statsmirror prune --yes` is needed once. If that is meant, nothing to do",
	BackupHeartbeat: "with `service.heartbeat`, of one backup: how many runs are `dirty` for it, the age of the oldest change that it does not have, and since how many seconds it has been failing (`failing_s`, 0 if it works). Of an object store also what it has been asked since the last time: `puts`, `gets`, `lists`, `deletes`, and `bytes` sent",
	BackupDamaged:   "a file of the backup is damaged, and the catalog has never seen this version of it: somebody changed the backup, or restored an older catalog. A copy was put at `path` in the backup, and the file is replaced. Check the disk. Delete the copy if `statsmirror show` and `history` miss no rows",
	Damaged:         "a file of the catalog is damaged. A snapshot was moved aside to `path`; it is replaced from a backup, or else from the stats tree. A damaged ended generation is moved aside when it is replaced from a backup that has the same rows, or when its place is needed. Check the disk",
	CatalogFailed:   "a record of what was read and copied could not be written; nothing is lost, but more is read again after a restart. See `err`: mostly a full disk",
	Heartbeat:       "the service is alive. `oldest_unmirrored_s`, the age of the oldest change that is not in every backup, is what to alarm on. So are `root_missing_s`, for how many seconds there has been no stats tree to watch, and a heartbeat that does not come within 10 minutes",
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
	FieldOldest         = "oldest_unmirrored_s"
	FieldRootMissing    = "root_missing_s"
	FieldMerges         = "merges"
	FieldFailing        = "failing_s"
	FieldPuts           = "puts"
	FieldGets           = "gets"
	FieldLists          = "lists"
	FieldDeletes        = "deletes"
)

// Fields explains each field, in the order in which the manual has them.
var Fields = []struct{ Name, Meaning string }{
	{FieldEvent, "the name of the event"},
	{FieldRun, "the name of the run"},
	{FieldKind, "the kind of statistics: `training_stats` or `validation_scores`"},
	{FieldGeneration, "the number of the run's generation, from 1"},
	{FieldGenerations, "the numbers of the generations that were removed"},
	{FieldTrainedUntil, "one more than the last iteration with training statistics"},
	{FieldValidatedUntil, "one more than the last iteration with validation scores"},
	{FieldDiverged, "true if the run was changed and also went further"},
	{FieldRows, "how many rows of both kinds the snapshot has; for `run.invalid`, how many of the file can be saved"},
	{FieldBytes, "the size in bytes of the stats files that were read, or of the copy that was made; in a heartbeat, of all since the last one"},
	{FieldDuration, "how long it took, in milliseconds"},
	{FieldBackup, "the location of the backup"},
	{FieldErr, "the error: which file, where in it, and what to do"},
	{FieldPath, "the file"},
	{FieldOffset, "the byte of the file at which the damage begins"},
	{FieldSHA256, "the SHA-256 of the file"},
	{FieldHint, "the command that repairs the file"},
	{FieldProblems, "what is unusual about the file, as a list"},
	{FieldHeldBack, "how many lines like this one were not logged since the last one"},
	{FieldGoneSince, "when the run's files were first missing"},
	{FieldRuns, "how many runs there are; for `backup.pending`, the names of some"},
	{FieldDirty, "how many runs have a change that some backup lacks"},
	{FieldOldest, "the age of the oldest change that some backup, or the catalog, lacks, in seconds; 0 if none does"},
	{FieldRootMissing, "for how many seconds there has been no stats tree to watch"},
	{FieldMerges, "how many changes of runs were stored since the last heartbeat"},
	{FieldFailing, "for how many seconds the backup has been failing; 0 if it works"},
	{FieldPuts, "how many objects were sent since the last heartbeat"},
	{FieldGets, "how many objects were read or looked at since the last heartbeat"},
	{FieldLists, "how many listings were requested since the last heartbeat"},
	{FieldDeletes, "how many objects were deleted since the last heartbeat"},
	{FieldExpired, "how many generations the configuration does not keep"},
	{FieldAt, "when the first generation will be removed"},
}

// Is is the field that says which event a line logs.
func Is(name string) zap.Field { return zap.String(FieldEvent, name) }
