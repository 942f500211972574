// Package replica brings the runs of a catalog into one backup: reconcile, put, verify,
// remember.
//
// Before anything is written for a run, [Replica.Copy] finds out what the backup holds of it
// and has the catalog adopt what it lacks. A service that writes to a backup holds its lease,
// writer.json. The straight line is in replica.go; fetch.go reconciles, relist.go compares the
// backup with what is remembered, prune.go removes what retention has removed.
package replica
