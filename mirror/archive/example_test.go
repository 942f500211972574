package archive_test

import (
	"context"
	"fmt"
	"os"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
)

// A catalog and a backup are read as one location: a run comes from the first of them that has it
// whole.
func Example() {
	ctx := context.Background()
	here := archive.Location{Archives: []*archive.Archive{
		archive.Named("catalog", dir.New("/var/lib/statsmirror")),
		archive.New(dir.New("/mnt/backup")),
	}}
	listing := here.List(ctx)
	for _, err := range listing.Away {
		fmt.Fprintln(os.Stderr, err)
	}
	for _, run := range listing.Runs {
		for i, state := range listing.Copies(ctx, run).States {
			fmt.Println(run, listing.Archives[i].Name(), state)
		}
		s, err := here.Load(ctx, run, 0)
		switch {
		case archive.IsDamaged(err):
			fmt.Println(run, "has no copy that is whole:", err)
		case err == nil:
			fmt.Println(run, "is trained until", s.Training.TrainedUntil())
		}
	}
}
