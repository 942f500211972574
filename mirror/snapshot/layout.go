package snapshot

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Directories of an archive.
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

// TombstonesName is the file beside the ended generations of a run that says which of
// them retention has removed, so that nobody takes them for lost.
const TombstonesName = "removed.json"

// TombstonesPath returns the path of that file of a run.
func TombstonesPath(run string) string { return path.Join(HistoryDir(run), TombstonesName) }

// FileName returns the name of a run's snapshot within its directory.
func FileName(run string) string { return Escape(run) + Suffix }

// GenerationOf returns the generation that a file of the history is named for. It is not
// ok if HistoryPath gives no file that name.
func GenerationOf(base string) (generation int64, ok bool) {
	digits, ok := strings.CutSuffix(base, Suffix)
	generation, err := strconv.ParseInt(digits, 10, 64)
	ok = ok && err == nil && checkGeneration(generation) == nil && historyName(generation) == base
	return generation, ok
}

// IsNumbered reports whether a file of the history is named for a number, though
// perhaps not for that of a generation.
func IsNumbered(base string) bool {
	digits, ok := strings.CutSuffix(base, Suffix)
	return ok && digits != "" && strings.Trim(digits, "+-0123456789") == ""
}

func historyName(generation int64) string { return fmt.Sprintf("%08d%s", generation, Suffix) }

// IsHistory reports whether a file of that name is part of the history of a run, or looks
// like an ended generation though its number cannot be one.
func IsHistory(base string) bool {
	return IsNumbered(base) || base == TombstonesName
}

// ErrNumber says that a file is named for a number that no generation has.
var ErrNumber = fmt.Errorf("its name is not that of a generation, which has 8 digits, from %08d to %d", 1, MostGenerations)
