package archive

import (
	"context"
	"errors"
	"testing"
)

func TestInterruptedEachReportsHowManyWereDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reported := -1
	err := Each(ctx, 100, func(done, _ int) {
		reported = done
		if done == 3 {
			cancel()
		}
	}, func(int) {})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	if reported == 100 || err.Error() != Interrupted(ctx, reported, 100).Error() {
		t.Errorf("error is %q after %d were reported", err, reported)
	}
}
