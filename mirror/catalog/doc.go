// Package catalog is the local directory that holds every run's snapshot, the snapshots of its
// ended generations, and the records of sources and backups.
//
// The files of a run change only through a [Tx]. [Catalog.Begin] waits for the run, the Tx reads
// its [State] once, and [Tx.Commit] or [Tx.Adopt] makes the change durable. The memory of a run is
// a [Record], which [Catalog.Update] changes. Only one process at a time may have a catalog open;
// others can read it with [OpenReadOnly].
package catalog
