package snapshot

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// The directories of an archive.
const (
	CurrentDir = "snapshots" // of current snapshots
	EndedDir   = "history"   // of the directories of ended generations
)

// Path returns the slash-separated path of a run's current snapshot in a
// catalog or backup.
func Path(run string) string { return path.Join(CurrentDir, FileName(run)) }

// HistoryDir returns the directory of a run's ended generations.
func HistoryDir(run string) string { return path.Join(EndedDir, Escape(run)) }

// HistoryPath returns the path of one ended generation of a run.
func HistoryPath(run string, generation int64) string {
	return path.Join(HistoryDir(run), historyName(generation))
}

// TombstonesName is the name of a file beside the ended generations of a run. It lists the
// generations that retention has removed, so that nobody counts them as lost.
const TombstonesName = "removed.json"

// TombstonesPath returns the path of a run's tombstones.
func TombstonesPath(run string) string { return path.Join(HistoryDir(run), TombstonesName) }

// FileName returns the name of a run's snapshot within its directory.
func FileName(run string) string { return Escape(run) + Suffix }

// GenerationOf returns the generation in the name of a history file. ok is false if HistoryPath
// never gives that name.
func GenerationOf(base string) (generation int64, ok bool) {
	digits, ok := strings.CutSuffix(base, Suffix)
	generation, err := strconv.ParseInt(digits, 10, 64)
	ok = ok && err == nil && checkGeneration(generation) == nil && historyName(generation) == base
	return generation, ok
}

// IsNumbered reports whether the name of a history file is a number, even if no generation has
// that number.
func IsNumbered(base string) bool {
	digits, ok := strings.CutSuffix(base, Suffix)
	return ok && digits != "" && strings.Trim(digits, "+-0123456789") == ""
}

func historyName(generation int64) string { return fmt.Sprintf("%08d%s", generation, Suffix) }

// IsHistory reports whether a file of that name belongs to the history of a run, or looks like an
// ended generation with an impossible number.
func IsHistory(base string) bool {
	return IsNumbered(base) || base == TombstonesName
}

// ErrNumber means that a file is named for a number that no generation has.
var ErrNumber = fmt.Errorf("its name is not a generation's, which has 8 digits, from %08d to %d", 1, MostGenerations)
