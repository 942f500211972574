package status

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"statsmirror/store"
	"statsmirror/store/durable"
)

// verifiedName is the name of the file with the last result of "verify --log". It is in the state
// directory, from where the service takes it into its status, which everybody may read.
const verifiedName = "verify.json"

// Verified is the result of reading every snapshot in every place.
type Verified struct {
	At      time.Time `json:"at"`
	Runs    int64     `json:"runs"`
	Damaged int64     `json:"damaged"` // snapshots that are damaged or missing
	Unread  int64     `json:"unread"`  // snapshots and places that could not be read
}

// Write replaces the result in a state directory. Its mode is that of the catalog, by the umask: only
// the service reads it.
func (v Verified) Write(state string) error {
	return replace(filepath.Join(state, verifiedName), durable.WriteVolatile, func(w io.Writer) error { return json.NewEncoder(w).Encode(v) })
}

// ReadVerified reads the result in a state directory; nil if there is none, or none that can be used.
func ReadVerified(state string) *Verified {
	text, err := read(filepath.Join(state, verifiedName))
	var v Verified
	if err != nil || json.Unmarshal(text, &v) != nil || v.At.IsZero() || (File{Verified: &v}).check() != nil {
		return nil
	}
	return &v
}

// judge returns the finding about the last verify.
func (v Verified) judge(now time.Time, service string) Line {
	when := fmt.Sprintf("verify, %s ago, ", spell(max(now.Sub(v.At), 0)))
	service = strings.Replace(service, "statsmirror", "statsmirror-verify", 1)
	switch {
	case v.Damaged > 0:
		return Line{Damaged, when + "found " + store.Count(int(v.Damaged), "snapshot", "snapshots") + " damaged or missing", logOf(service, "verify.damaged")}
	case v.Unread > 0:
		return Line{Late, when + "could not read everything", logOf(service, "verify.incomplete")}
	}
	return Line{Mirrored, when + "found every snapshot whole", ""}
}
