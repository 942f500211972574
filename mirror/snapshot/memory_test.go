//go:build !race

// The race detector would take several times the memory.

package snapshot_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"

	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// memoryOf names the variable with the file that a child process reads. The child reports its peak
// of memory.
const memoryOf = "STATSMIRROR_TEST_MEMORY_OF"

func TestMain(m *testing.M) {
	if name := os.Getenv(memoryOf); name != "" {
		if err := readAlone(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// readAlone treats a file as a service treats one in a backup, then reads all rows as show and
// restore do. After each step it prints by how many bytes this process grew, and the error if the
// file is damaged.
func readAlone(name string) error {
	debug.SetGCPercent(25) // so that the peak is little more than what is in use
	const slack = 256 << 20
	before, err := peak()
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	most := uint64(before + limit(info.Size()) + rowsLimit(info.Size()) + slack) // so that a bug does not take the host down
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		return err
	}
	_, damaged := snapshot.VerifyPages(f, info.Size())
	if damaged == nil {
		_, damaged = snapshot.Verify(f, info.Size())
	}
	if damaged == nil {
		damaged = copyOf(f, info.Size())
	}
	verified, err := peak()
	if err != nil {
		return err
	}
	if damaged == nil {
		_, damaged = snapshot.Read(f, info.Size())
	}
	after, err := peak()
	fmt.Println(verified-before, after-before, damaged)
	return err
}

// copyOf copies a file as another generation.
func copyOf(f *os.File, size int64) error {
	base, err := snapshot.Open(f, size)
	if err != nil {
		return err
	}
	to, err := os.Create(f.Name() + ".copy")
	if err != nil {
		return err
	}
	defer to.Close()
	m := base.Meta()
	_, err = snapshot.Extend(to, base, base.Groups(), &snapshot.Snapshot{Run: m.Run, Generation: m.Generation + 1})
	return err
}

// peak returns the most bytes that this process has had in memory.
func peak() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0, fmt.Errorf("no peak of memory in %q", status)
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10, err
}

// limit returns how many bytes of memory a file may take.
func limit(size int64) int64 { return 64<<20 + 4*size }

// rowsLimit returns how many bytes of memory the rows of a file may take.
func rowsLimit(size int64) int64 { return 256<<20 + 128*size }

// TestMemoryIsBoundedByTheFile reads files in child processes. Each file claims or holds as much as
// is possible for its size.
func TestMemoryIsBoundedByTheFile(t *testing.T) {
	for _, test := range bombs(t, 1) {
		t.Run(test.name, func(t *testing.T) {
			content := test.make()
			name := filepath.Join(t.TempDir(), "snapshot")
			if err := os.WriteFile(name, content, 0o644); err != nil {
				t.Fatal(err)
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			child := exec.Command(self)
			child.Env = append(os.Environ(), memoryOf+"="+name)
			var problems bytes.Buffer
			child.Stderr = &problems
			out, err := child.Output()
			if err != nil {
				text := problems.String()
				t.Fatalf("%v: %s", err, text[:min(len(text), 2000)])
			}
			var took, all int64
			if _, err := fmt.Sscan(string(out), &took, &all); err != nil {
				t.Fatal(err)
			}
			size := int64(len(content))
			t.Logf("%d bytes took %d KiB, and with all rows %d: %s", size, took>>10, all>>10, out)
			if took > limit(size) {
				t.Errorf("%d bytes took %d, limit %d", size, took, limit(size))
			}
			if most := limit(size) + rowsLimit(size); all > most {
				t.Errorf("all rows of %d bytes took %d, limit %d", size, all, most)
			}
			if good := strings.HasSuffix(string(out), "<nil>\n"); good != test.good {
				t.Errorf("the child printed %s", out)
			}
		})
	}
}

// A bomb is a file that claims or holds as much as is possible for its size.
type bomb struct {
	name string
	make func() []byte
	good bool // and is a valid snapshot
}

// A group and a source as in the metadata.
const (
	emptyGroup  = `{"last":0,"training_rows":0,"validation_rows":0,"training_sha256":"","validation_sha256":"","pages_sha256":"","last_loss":"","best_loss":""}`
	emptySource = `{"path":"","sha256":"","inode":0,"size":0,"mtime_ns":0,"ctime_ns":0}`
)

// bombs returns files of up to about ten megabytes, divided by part.
func bombs(t testing.TB, part int) []bomb {
	t.Helper()
	one := encode(t, training(1))
	lists := func(key, element string, n int) func() []byte {
		return func() []byte { return withList(one, key, element, n/part) }
	}
	holds := func(s *snapshot.Snapshot) func() []byte { return func() []byte { return encode(t, s) } }
	return []bomb{
		{"groups without anything", lists("groups", "{}", 5_000_000), false},
		{"groups", lists("groups", emptyGroup, 110_000), false},
		{"ranges", lists("groups", `{"null_training":[`+strings.Repeat("[0,0],", 2_500_000/part)+"[0,0]]}", 0), false},
		{"sources without anything", lists("sources", "{}", 5_000_000), false},
		{"sources", lists("sources", emptySource, 240_000), true},
		{"nested lists", lists("sources", strings.Repeat("[", 15_000_000/part), 0), false},
		{"row groups", func() []byte { return manyGroups(t, one, 15_000/part) }, false},
		{"rows of None", holds(nulls(4_000_000 / part)), true},
		{"rows", holds(training(1_000_000 / part)), true},
		{"scores of one iteration", holds(validations(1, 1, 1000, 1000/part)), true},
		{"lists of one iteration", holds(validations(1, 1_000_000/part, 1, 1)), true},
		{"scores", holds(validations(40, 10, 100, 100/part)), true},
		{"as many equal scores as there may be", holds(equal(16, 1<<20/part)), true},
		{"more equal scores", func() []byte { return encodeUnbounded(t, equal(18, 1<<20/part)) }, part > 1},
		{"as many groups as a long run has", holds(alternating(400_000 / part)), true},
	}
}

// withList returns a file with a list in its metadata that has an element n+1 times.
func withList(content []byte, key, element string, n int) []byte {
	return forge(content, func(md *metadata.FileMetaData) {
		set(md, key, "["+strings.Repeat(element+",", n)+element+"]")
	})
}

// manyGroups returns a file whose footer lists its one row group n times.
func manyGroups(t testing.TB, content []byte, n int) []byte {
	t.Helper()
	footer := len(content) - 8 - int(binary.LittleEndian.Uint32(content[len(content)-8:]))
	padded := slices.Concat(content[:footer], make([]byte, 100*n), content[footer:])
	return forge(padded, func(md *metadata.FileMetaData) {
		md.RowGroups = slices.Repeat(md.RowGroups, n)
		for _, kv := range md.KeyValueMetadata() {
			if kv.Key == "statsmirror.groups" {
				group := strings.Trim(kv.GetValue(), "[]")
				set(md, "groups", "["+strings.Repeat(group+",", n-1)+group+"]")
			}
		}
	})
}

func encodeUnbounded(t testing.TB, s *snapshot.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := snapshot.WriteUnbounded(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRowsThatTakeTooMuchMemoryAreNotWritten has more equal scores than a reader accepts.
func TestRowsThatTakeTooMuchMemoryAreNotWritten(t *testing.T) {
	_, err := snapshot.Write(io.Discard, equal(18, 1<<20))
	if err == nil || !strings.Contains(err.Error(), "they are almost all equal") {
		t.Errorf("error is %v", err)
	}
}

// nulls returns rows whose values are all null.
func nulls(rows int) *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "run", Generation: 1}
	for i := range rows {
		s.Training.Iteration.Append(int64(i))
		s.Training.Loss.AppendNull()
		s.Training.Time.AppendNull()
	}
	return s
}

// alternating returns rows that fill a footer: every second one is null.
func alternating(rows int) *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "run", Generation: 1, Sources: []store.Source{{Path: "training_stats/run"}}}
	for i := range rows {
		s.Training.Iteration.Append(int64(i))
		if i%2 == 0 {
			s.Training.Loss.AppendNull()
			s.Training.Time.AppendNull()
		} else {
			s.Training.Loss.Append(float64(i))
			s.Training.Time.Append(1)
		}
	}
	return s
}
