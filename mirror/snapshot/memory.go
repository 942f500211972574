package snapshot

import "github.com/apache/arrow-go/v18/parquet/metadata"

// How many bytes of memory a row takes, or a value of the scores with its share of the lists.
const (
	trainingBytes   = 26
	validationBytes = 17
	scoreBytes      = 16
)

// mostMemory returns how many bytes of memory the rows of a file of size bytes may take: pages of
// equal values compress without bound. Genuine rows take some four times their bytes in the file.
func mostMemory(size int64) int64 { return 256<<20 + size<<7 }

// memoryOf returns about how many bytes of memory all rows of a file take.
func memoryOf(md *metadata.FileMetaData, groups []group) (n int64) {
	for i, g := range md.RowGroups {
		validated := groups[i].ValidationRows
		n += trainingBytes*groups[i].TrainingRows + validationBytes*validated
		n += scoreBytes * max(0, g.Columns[scoresColumn].MetaData.NumValues-(g.NumRows-validated)) // a null for each other row
	}
	return n
}

// Memory returns about how many bytes of memory all rows take.
func (f *File) Memory() int64 { return memoryOf(f.pr.MetaData(), f.footer.groups) }
