package snapshot

import (
	"encoding/json"
	"maps"
	"slices"
)

// Tombstones lists the ended generations of a run that were removed on purpose. It is the content
// of the file [TombstonesName].
type Tombstones struct {
	Until   int64            `json:"until"`             // all generations up to this one, whoever removed them
	Expired map[int64]string `json:"expired,omitempty"` // in a catalog: generations that it removed itself, with the SHA-256 of their rows
}

// MostTombstones is the highest size of the file in bytes.
const MostTombstones = 1 << 18

// mostExpired is how many generations a catalog remembers. A copy of an older one is adopted, and
// expires again.
const mostExpired = 1000

// Encode returns the content of the file.
func (t Tombstones) Encode() ([]byte, error) {
	content, err := json.Marshal(t)
	return append(content, '\n'), err
}

// DecodeTombstones reads the content. Content that cannot be right gives no tombstones.
func DecodeTombstones(content []byte) Tombstones {
	var t Tombstones
	if json.Unmarshal(content, &t) != nil || t.Until < 0 || t.Until > MostGenerations {
		return Tombstones{}
	}
	maps.DeleteFunc(t.Expired, func(generation int64, _ string) bool {
		return generation < 1 || generation > t.Until
	})
	return t
}

// With returns t with more generations removed here.
func (t Tombstones) With(expired map[int64]string) Tombstones {
	all := maps.Clone(t.Expired)
	if all == nil {
		all = map[int64]string{}
	}
	maps.Copy(all, expired)
	for _, generation := range slices.Sorted(maps.Keys(all))[:max(0, len(all)-mostExpired)] {
		delete(all, generation)
	}
	t.Expired = all
	return t
}

// Without returns t without a generation that exists again.
func (t Tombstones) Without(generation int64) Tombstones {
	t.Expired = maps.Clone(t.Expired)
	delete(t.Expired, generation)
	return t
}
