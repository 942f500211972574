// Package watcher reports which runs of a stats tree may have changed: paths in, changes out. It
// never opens a stats file.
//
// # Promises
//
//   - A [Change] is a hint that a run may have changed, never a fact about it. Everything that
//     happens to a run is followed by at least one Change.
//   - All events of a run become one Change once the run has been quiet for [Options].Quiet. A run
//     that never falls quiet gets a Change every [Options].Ceiling.
//   - Scans find the changes that inotify does not report. They run after each added watch, after
//     an overflow of the event queue, every [Options].Rescan, and every [Options].Poll where events
//     cannot be relied on. A scan sends one Change without a name; the receiver then checks all
//     runs.
//   - The root may be missing, removed, replaced, or created later.
//   - Run directories are watched one level deep. Symbolic links in the tree are followed if
//     [Options].Follow allows it. The root itself may be a link.
//   - A different file system mounted over the root, or over a directory in it, is noticed within
//     [Options].Poll, unless polling is [PollNever].
//   - Names are bytes; they need not be UTF-8.
//   - While nothing happens, a single timer runs: to the next scan or the next look at the mounts.
//
// # Traps
//
// inotify sees only what this machine does. A change made by another machine on a network file
// system causes no event, so such trees are polled: see [PollAuto]. Writes through mmap cause no
// event either; the next scan finds them.
//
// The kernel queues at most fs.inotify.max_queued_events events (16384 by default) and drops the
// rest. One scan makes up for the dropped events.
//
// Each directory takes one of fs.inotify.max_user_watches, and each watcher one of
// fs.inotify.max_user_instances. Both are counted over all processes of the user. If they run out,
// the tree is polled, and each scan tries again to watch. To raise them:
//
//	sysctl fs.inotify.max_user_watches=524288
//	sysctl fs.inotify.max_user_instances=512
//
// If the parent of the root is renamed, inotify reports it. The rename of an ancestor further up is
// noticed within [Options].Poll, like a file system mounted there.
//
// Run drops the changes that it still holds back when it returns. The first scan of the next Run
// makes up for them.
package watcher
