// Package durable writes files that survive: a reader at any moment, and after
// a power cut at any moment, finds the old content or the new one, whole.
//
// What root creates belongs to the owner of its directory: root's commands leave
// nothing behind that the service, or a trainer, cannot use.
//
// Every path is relative to an [os.Root] and cannot leave it. What is not
// promised: that of two writers of one name the later caller wins, and
// anything at all on storage that acknowledges an fsync it has not done.
package durable
