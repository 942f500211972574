// Package durable writes files that survive. A reader at any moment, and after a power cut at any
// moment, finds the old content or the new one, whole.
//
// Many files may be written at a time. One fsync of a directory serves all changes there that came
// before it began, and no later change.
//
// If root creates something, it belongs to the owner of its directory. So root's commands leave
// nothing behind that the service, or a trainer, cannot use.
//
// Every path is relative to an [os.Root] and cannot leave it. Not promised: that the later of two
// concurrent writers of a name wins; and anything at all on storage that acknowledges an fsync
// without doing it.
package durable
