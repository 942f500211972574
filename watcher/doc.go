// Package watcher says which runs of a stats tree may have changed: paths in,
// changes out. It never opens a stats file.
//
// # Promises
//
//   - A [Change] is a hint that a run may have changed, never a fact about it.
//     Whatever happened to a run is followed by at least one Change.
//   - However many events a run causes, it is one Change once the run has been
//     quiet for [Options].Quiet, or when it has not been quiet for
//     [Options].Ceiling.
//   - What inotify does not tell is found by scanning: after each added watch,
//     after an overflow of the event queue, every [Options].Rescan, and every
//     [Options].Poll where events cannot be relied on. A scan is one Change of
//     any run: who receives it looks at all of them.
//   - The root may be missing, removed, replaced, or created later.
//   - Run directories are watched one level deep. Symbolic links in the tree
//     are followed where [Options].Follow says so; the root itself may be one.
//   - Another file system in the place of the root, or of a directory in it, is noticed
//     within [Options].Poll, unless polling is [PollNever].
//   - Names are bytes; they need not be UTF-8.
//   - While nothing happens there is one timer, to the next scan or look.
//
// # Traps
//
// inotify sees what this machine does. Changes that another machine makes on a
// network file system cause no event, so that such trees are polled: see
// [PollAuto]. Writes through mmap cause no event either; the next scan
// finds them.
//
// The kernel keeps at most fs.inotify.max_queued_events events (16384 unless
// set) and drops the others; one scan replaces what was lost.
//
// Each directory takes one of fs.inotify.max_user_watches and the watcher one
// of fs.inotify.max_user_instances, both counted for all processes of the user.
// Where they do not suffice the tree is polled, and each scan tries
// again to watch. To raise them:
//
//	sysctl fs.inotify.max_user_watches=524288
//	sysctl fs.inotify.max_user_instances=512
//
// An ancestor of the root that is renamed, other than its parent, is noticed within
// [Options].Poll, like a file system that is mounted there.
//
// Changes that are held back when Run returns are dropped: the first scan of
// the next Run is a Change of any run.
package watcher
