package sftp

import (
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
)

// A server that never ends a listing must not take all memory. These constants bound a listing.
const (
	mostNames = 256 << 20 // bytes in memory of the names in one listing
	perName   = 200       // bytes in memory of a name, beside its own
	mostPath  = 4096      // bytes of a path below the place
)

var errNames = errors.New("a listing has more names than a service can hold; give each service its own place, or remove the files that it did not write")

// names counts the names in a stream of packets from a server.
type names struct {
	from io.Reader
	room atomic.Int64 // bytes that names may still take

	head [13]byte // of a packet: length, type, identifier and number of names
	have int      // bytes of head
	rest int64    // bytes of the packet not read yet
}

// packetOfNames is the type of a packet with names.
const packetOfNames = 104

func (r *names) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.count(p[:n])
	if r.room.Load() < 0 {
		return 0, errNames
	}
	return n, err
}

func (r *names) count(p []byte) {
	const length = 4 // bytes
	for len(p) > 0 {
		if r.have >= length && r.rest == 0 {
			r.have = 0
		}
		if r.have == len(r.head) {
			n := min(r.rest, int64(len(p)))
			r.rest -= n
			p = p[n:]
			continue
		}
		r.head[r.have] = p[0]
		p = p[1:]
		r.have++
		switch {
		case r.have == length:
			r.rest = int64(binary.BigEndian.Uint32(r.head[:]))
		case r.have > length:
			r.rest--
		}
		if r.have == len(r.head) && r.head[length] == packetOfNames {
			r.room.Add(-r.rest - perName*int64(binary.BigEndian.Uint32(r.head[9:])))
		}
	}
}
