package list

import (
	"encoding/json"
	"strconv"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Generation is one line of the history of a run.
type Generation struct {
	Run            string `json:"run"`
	Number         int64  `json:"generation"`
	Current        bool   `json:"current"`
	TrainedUntil   int64  `json:"trained_until"`
	ValidatedUntil int64  `json:"validated_until"`
	TrainingRows   int64  `json:"training_rows"`
	ValidationRows int64  `json:"validation_rows"`
	Changed        string `json:"changed,omitempty"` // when its sources were last written
	SHA256         string `json:"sha256"`            // of the content

	LastLoss json.RawMessage `json:"last_loss,omitempty"` // missing if the snapshot does not have it
	BestLoss json.RawMessage `json:"best_loss,omitempty"`

	Previous              int64  `json:"previous,omitempty"`                // the kept generation before it
	TrainingDiffersFrom   *int64 `json:"training_differs_from,omitempty"`   // iteration; missing if both have the same rows
	ValidationDiffersFrom *int64 `json:"validation_differs_from,omitempty"` // also an iteration
	Story                 string `json:"story,omitempty"`                   // the comparison in words, and how the generation ended

	losses  snapshot.Losses
	changed time.Time
}

func generationOf(m snapshot.Meta, current bool) Generation {
	at := store.LastWritten(m.Sources)
	return Generation{
		Run: m.Run, Number: m.Generation, Current: current,
		TrainedUntil: m.TrainedUntil, ValidatedUntil: m.ValidatedUntil,
		TrainingRows: m.TrainingRows, ValidationRows: m.ValidationRows,
		Changed: term.UTC(at), SHA256: m.ContentSHA256, changed: at,
		LastLoss: lossJSON(m.Losses.Last), BestLoss: lossJSON(m.Losses.Best), losses: m.Losses,
	}
}

// History is the list of a run's generations, the current one last.
type History []Generation

// HistoryOf returns the list of generations.
func HistoryOf(generations []archive.Generation) History {
	var all History
	for _, is := range generations {
		g := generationOf(is.Meta, is.Current)
		g.Previous, g.TrainingDiffersFrom, g.ValidationDiffersFrom = is.Previous, is.TrainingDiffersFrom, is.ValidationDiffersFrom
		g.Story = term.OneLine(is.Story)
		all = append(all, g)
	}
	return all
}

// number returns a number of a run for the table. If the snapshots of the run are damaged, no
// number is known.
func (g Generation) number(n int64) string {
	if g.Number == 0 {
		return unknown
	}
	return strconv.FormatInt(n, 10)
}

func (g Generation) numberCell(n int64) term.Cell { return term.Cell{Text: g.number(n)} }

const unknown = "-"
