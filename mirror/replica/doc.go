// Package replica copies the runs of a catalog to one backup: reconcile, put, verify, remember.
//
// Before anything is written for a run, [Replica.Copy] learns what the backup holds of it, and the
// catalog adopts what it lacks. A service that writes to a backup holds its lease, writer.json. The
// main line is in replica.go; fetch.go reconciles, and decides which copies are damaged
// and may be replaced; inventory.go decides which runs wait for the backup; relist.go compares the
// backup with the record; prune.go removes copies that retention has removed from the catalog.
// [Pass] is the same line with an end.
package replica
