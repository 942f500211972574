package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/cmd/statsmirror/internal/status"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/event"
)

// resultLog takes the result of verify.
type resultLog struct {
	log   *zap.Logger
	state string // where the service finds the result of everything; "" for no such result
}

// newResultLog returns the log of the configured service. It takes nothing unless the result is to
// be logged.
func newResultLog(cmd *cobra.Command, f *flags, logs, everything bool) (l resultLog, err error) {
	if !logs {
		return resultLog{log: zap.NewNop()}, nil
	}
	s, err := service.New(service.Options{Flags: &f.Flags, Version: versionString(), Stderr: cmd.ErrOrStderr()})
	if err != nil {
		return l, err
	}
	if l.log = s.Log(); everything {
		l.state = s.State
	}
	return l, nil
}

// take logs a verdict, and leaves it for the status of the service.
func (l resultLog) take(v verdictJSON, began time.Time) error {
	v.log(l.log, time.Since(began))
	if l.state == "" {
		return nil
	}
	bad, unread := v.count()
	is := status.Verified{At: time.Now().UTC(), Runs: int64(v.Runs), Damaged: int64(bad), Unread: int64(unread + len(v.Away))}
	if err := is.Write(l.state); err != nil {
		return fmt.Errorf("leave the result for \"statsmirror status\": %w", err)
	}
	return nil
}

// verifyAgain verifies the runs with findings once more, after a while, and returns the findings
// that it makes again.
func verifyAgain(ctx context.Context, runs []archive.Run, found []finding) ([]finding, error) {
	const pause = 30 * time.Second
	select {
	case <-ctx.Done():
		return found, ctx.Err()
	case <-time.After(pause):
	}
	var odd []archive.Run
	for _, run := range runs {
		if slices.ContainsFunc(found, func(f finding) bool { return f.Run == run.Name }) {
			odd = append(odd, run)
		}
	}
	again, err := verifyRuns(ctx, odd, func(int, int) {})
	return slices.DeleteFunc(again, func(f finding) bool { return !slices.Contains(found, f) }), err
}

// log logs the verdict.
func (v verdictJSON) log(log *zap.Logger, took time.Duration) {
	const named = 20
	bad, unread := v.count()
	problems := make([]string, 0, named)
	for _, f := range v.Findings[:min(named, len(v.Findings))] {
		problems = append(problems, f.Place+": "+f.Path+": "+f.Problem)
	}
	fields := []zap.Field{
		zap.Int(event.FieldRuns, v.Runs), zap.Int(event.FieldPlaces, v.Places), zap.Int(event.FieldDamaged, bad),
		zap.Int(event.FieldUnread, unread), zap.Int64(event.FieldDuration, took.Milliseconds()),
	}
	if len(problems) > 0 {
		fields = append(fields, zap.Strings(event.FieldProblems, problems))
	}
	if len(v.Away) > 0 {
		fields = append(fields, zap.String(event.FieldErr, strings.Join(v.Away, "; ")))
	}
	switch {
	case bad > 0:
		log.Error("snapshots damaged or missing", append(fields, event.Is(event.VerifyDamaged))...)
	case unread > 0 || len(v.Away) > 0:
		log.Warn("not everything verified", append(fields, event.Is(event.VerifyIncomplete))...)
	default:
		log.Info("verified", append(fields, event.Is(event.Verified))...)
	}
}
