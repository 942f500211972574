package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/event"
)

// resultLog returns the log of the configured service. It takes nothing unless the result is to be
// logged.
func resultLog(cmd *cobra.Command, f *flags, logs bool) (*zap.Logger, error) {
	if !logs {
		return zap.NewNop(), nil
	}
	s, err := service.New(service.Options{Flags: &f.Flags, Version: versionString(), Stderr: cmd.ErrOrStderr()})
	if err != nil {
		return nil, err
	}
	return s.Log(), nil
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
