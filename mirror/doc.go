// Package mirror keeps a snapshot of every run of a stats tree in a catalog, and a verified copy of
// the catalog in each backup.
//
// [Mirror.Sync] follows one change, from a hint that a run may have changed to its durable
// snapshot: sync.go reads from top to bottom. It merges with package merge and commits with package
// catalog. A [replica.Replica], one for each backup, carries the snapshot on from there. Package
// event defines the log; package schedule decides when something is due. [Mirror.SyncAll] and
// [Mirror.Prune] are a pass, the same line with an end: pass.go.
//
// # What is promised
//
// No row that was ever in a snapshot is lost from the run's current generation and its history,
// unless [catalog.Retention] is set. This holds in the catalog. It holds in a backup once the run
// is no longer dirty for it. The service never deletes sources. From a backup it deletes only
// copies that it put there.
//
// A snapshot is whole, the old or the new one, for every reader at any moment and after a crash at
// any moment.
//
// A run whose files cannot be used, and a backup that fails or hangs, delay no other run and no
// other backup.
//
// Two services that write to one backup never undo each other's work. One of them is refused. If
// both write after all, each merges the content it finds.
//
// # What is remembered
//
// Besides the snapshots, the catalog has one file, records/index: the state of the sources of each
// run when they were read, the contents of its backups, and the metadata of its snapshots. It is a
// cache and may be removed at any time. Its entries are checked against the files, and anything
// missing in it is read again.
//
// # What is not promised
//
// The service may miss content that was in the stats tree for less than the quiet period.
package mirror
