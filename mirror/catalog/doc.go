// Package catalog is the local directory that holds every run's snapshot, the snapshots of
// its ended generations, and what is remembered of sources and backups.
//
// The files of a run change only through a [Tx]: [Catalog.Begin] waits for the run, the Tx
// reads its [State] once, and [Tx.Commit] or [Tx.Adopt] makes the change durable. What is
// remembered is a [Record], which [Catalog.Update] changes. One process at a time has a catalog
// open; [OpenReadOnly] reads it meanwhile.
package catalog
