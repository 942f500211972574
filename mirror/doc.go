// Package mirror keeps a snapshot of every run of a stats tree in a catalog, and
// a verified copy of the catalog in each backup.
//
// [Mirror.Sync] is the way of one change, from a hint that a run may have changed to its
// durable snapshot: sync.go reads from top to bottom. It merges by package merge and commits
// by package catalog. A [replica.Replica], one for each backup, carries the snapshot on from
// there. What the log says is in package event, when something is due in package schedule.
//
// # What is promised
//
// No row that was ever in a snapshot is lost from the run's current generation
// and its history: in the catalog, and in a backup from when the run is no
// longer dirty for it, unless [catalog.Retention] is set. Sources are never deleted from, and
// from a backup nothing but a copy that was put there.
//
// A snapshot is whole, the old or the new one, for every reader at any moment
// and after a crash at any moment.
//
// A run whose files cannot be used, and a backup that fails or hangs, hold up
// no other run and no other backup.
//
// Of two services that write to one backup neither undoes what the other did: one
// is refused, and should both write after all, each merges what it finds.
//
// # What is remembered
//
// The catalog has one file, records/index, besides the snapshots: what the sources
// of each run were when they were read, what its backups hold, and what its
// snapshots say of themselves. It is a cache. It may be removed at any time: what
// it says is held against the files, and what it does not say is read again.
//
// # What is not promised
//
// Content that was in the stats tree for less than the quiet period is not
// seen.
package mirror
