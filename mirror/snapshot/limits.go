package snapshot

import (
	"fmt"
	"io"

	"statsmirror/mirror/snapshot/internal/parquet"
)

// Bytes of memory that a row takes, or a value of the scores with its share of the lists.
const (
	trainingBytes   = 26
	validationBytes = 17
	scoreBytes      = 16
)

// mostMemory returns how many bytes of memory the rows of a file of size bytes may take: pages of
// equal values compress without bound. Genuine rows take about four times their bytes in the file.
func mostMemory(size int64) int64 { return 256<<20 + size<<7 }

// mostValues bounds the scores, plus the rows without scores, in a group whose pages have size
// bytes. The bound is needed because a group is read at once. Only a row that fills a group alone
// comes near it.
func mostValues(size int64) int64 { return groupValues + mostRows + size/16 }

// memoryOf returns about how many bytes of memory all rows of a file take.
func memoryOf(all []parquet.RowGroup, groups []group) (n int64) {
	for i, g := range all {
		validated := groups[i].ValidationRows
		n += trainingBytes*groups[i].TrainingRows + validationBytes*validated
		n += scoreBytes * max(0, g.Chunks[scoresColumn].Values-(g.Rows-validated)) // one null for each other row
	}
	return n
}

// ReadWhole reads a file of size bytes. If size is more than most, the file is damaged.
func ReadWhole(r io.ReaderAt, size, most int64) ([]byte, error) {
	if err := CheckSize(size, most); err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, size))
}

// CheckSize returns a *DamagedError if a file has more than most bytes.
func CheckSize(size, most int64) error {
	if size > most {
		return &DamagedError{Err: fmt.Errorf("it has %d bytes, over the limit of %d; remove it", size, most)}
	}
	return nil
}
