package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/status"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// Verdict says whether a place of the service can be used.
type Verdict struct {
	What, Place string // such as "backup", and its location
	Text        string // the finding, if the place can be used
	Err         error  // otherwise the reason
}

// Check checks each place of the service and reports a verdict. It creates the last directory of a
// path if necessary. A place that does not answer for 10 s cannot be used.
func (s *Service) Check(ctx context.Context, report func(Verdict)) {
	check := func(what, place string, do func(context.Context) (string, error)) {
		text, err := answered(ctx, do)
		report(Verdict{what, place, text, err})
	}
	check("stats tree", s.Stats, func(context.Context) (string, error) { return checkStats(s.Tree()) })
	check("state directory", s.State, func(ctx context.Context) (string, error) { return checkState(ctx, s.State) })
	for _, b := range s.Backups {
		check("backup", b.String(), func(ctx context.Context) (string, error) { return checkBackup(ctx, b, s.Intervals[b.String()]) })
	}
	if path := string(s.config.Metrics); path != "" {
		check("metrics", path, func(context.Context) (string, error) {
			return "ok", cmp.Or(unix.Access(filepath.Dir(path), unix.W_OK|unix.X_OK), status.CheckMetrics(path, s.Stats))
		})
	}
}

// checkBackup checks that a backup can be written. It says how often a run is copied there, if that
// is limited, and what its server cannot do.
func checkBackup(ctx context.Context, b backup.Backup, interval time.Duration) (string, error) {
	if err := b.Check(ctx); err != nil {
		return "", err
	}
	verdict := "ok"
	if interval > 0 {
		verdict += ", a run is copied at most once in " + config.Spell(interval)
	}
	if b, ok := b.(backup.Limited); ok {
		verdict = strings.Join(append([]string{verdict}, b.Remarks()...), "; ")
	}
	return verdict, nil
}

// answered returns the result of do, or an error if do takes too long, because a mount may hang.
func answered(ctx context.Context, do func(context.Context) (string, error)) (string, error) {
	const within = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type answer struct {
		verdict string
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		verdict, err := do(ctx)
		answers <- answer{verdict, err}
	}()
	select {
	case a := <-answers:
		return a.verdict, a.err
	case <-ctx.Done():
		return "", fmt.Errorf("no answer within %v; is it a mount or a server that hangs?", within)
	}
}

// checkStats says how many runs the stats tree has. Every file in it must be readable. The service
// would wait for a missing tree, but a wrong path looks the same.
func checkStats(tree store.Tree) (string, error) {
	switch entries, err := os.ReadDir(tree.Dir); {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("does not exist; correct the path, mount it, or wait for the first run: the service watches the tree as soon as it exists")
	case err != nil:
		return "", err
	case !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return store.IsKind(e.Name()) }):
		return "", fmt.Errorf("has neither %s nor %s; give the directory that has them, mount it, or wait for the first run: DaCapo creates them", store.Training, store.Validation)
	}
	runs, err := tree.Runs()
	if err != nil {
		return "", err
	}
	for _, run := range runs {
		for _, kind := range store.Kinds {
			sources, err := tree.Stat(run, kind)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return "", err
			}
			for _, source := range sources {
				if err := unix.Access(filepath.Join(tree.Dir, source.Path), unix.R_OK); err != nil {
					return "", fmt.Errorf("read %s: %w", term.Printable(source.Path), err)
				}
			}
		}
	}
	verdict := "ok, " + store.CountRuns(len(runs))
	if left, err := tree.LeftOut(); err == nil && len(left) > 0 {
		verdict += "; left out: " + strings.Join(left, ", ")
	}
	return verdict, nil
}

// checkState checks that the state directory can be written, and says whether a service is using
// it. It creates the directory if it is missing.
func checkState(ctx context.Context, state string) (string, error) {
	root, err := durable.OpenRoot(state)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := dir.New(state).Check(ctx); err != nil {
		return "", err
	}
	err = catalog.CheckLock(root)
	if locked, ok := errors.AsType[*catalog.LockedError](err); ok {
		return fmt.Sprintf("ok, and in use by %s; if that is not the service of this configuration, name another state directory", locked.By()), nil
	}
	return "ok", err
}
