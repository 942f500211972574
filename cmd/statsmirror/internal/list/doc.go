// Package list is the list of runs, and the history of one, from a catalog and its backups: as a
// table for a person, as text for another program, or as JSON. Places.Read reads the list; List
// prints or watches it.
package list
