package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// many lists names without end.
type many struct{ Reader }

func (many) String() string { return "many" }

func (many) List(_ context.Context, _ string, do func(Info) error) error {
	for i := 0; ; i++ {
		if err := do(Info{Name: fmt.Sprint("snapshots/", i)}); err != nil {
			return err
		}
	}
}

func TestCollectKeepsNoMoreThanItsBound(t *testing.T) {
	t.Parallel()
	infos, err := collect(t.Context(), many{}, "", func(Info) bool { return true }, 1<<20)
	if err == nil || len(infos) > 0 || !strings.Contains(err.Error(), "list many/: more than 7") {
		t.Errorf("kept %d files: %v", len(infos), err)
	}
}

// few lists some files.
type few struct {
	Reader
	infos []Info
}

func (f few) List(_ context.Context, _ string, do func(Info) error) error {
	for _, info := range f.infos {
		if err := do(info); err != nil {
			return err
		}
	}
	return nil
}

func TestCollectLeavesOutOldFilesThatOthersReplace(t *testing.T) {
	t.Parallel()
	listed := []Info{
		{Name: "c", Version: "1", Old: true},
		{Name: "b", Version: "2"},
		{Name: "a", Version: "3", Old: true},
		{Name: "c", Version: "4"},
		{Name: "b", Version: "5", Old: true},
	}
	want := []Info{{Name: "a", Version: "3"}, {Name: "b", Version: "2"}, {Name: "c", Version: "4"}}
	infos, err := Collect(t.Context(), few{infos: listed}, "", func(Info) bool { return true })
	if err != nil || !slices.Equal(infos, want) {
		t.Errorf("collected %+v, %v", infos, err)
	}
}
