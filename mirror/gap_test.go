package mirror

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/event"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// problems returns the problems logged with run.problems since the last call.
func (s *site) problems() []string {
	var all []string
	for _, entry := range s.Logs.TakeAll() {
		if fields := entry.ContextMap(); fields[event.FieldEvent] == event.Problems {
			for _, problem := range fields[event.FieldProblems].([]any) {
				all = append(all, fields[event.FieldKind].(string)+": "+problem.(string))
			}
		}
	}
	return all
}

const gapFollows = ": rows between are missing, and two lives of the run may be one generation now"

func TestGapBehindTheCatalogIsLogged(t *testing.T) {
	t.Parallel()
	const ten = "training_stats: the catalog ends at iteration 9, the file begins at "
	every := func(from, to, step int64) store.TrainingStats {
		var rows store.TrainingStats
		for i := from; i < to; i += step {
			rows = store.Append(rows, training(i, i+1, 0), 0, 1)
		}
		return rows
	}
	for _, tc := range []struct {
		name       string
		before     store.TrainingStats
		training   store.TrainingStats
		validated  store.ValidationScores
		validation store.ValidationScores
		want       []string
	}{
		{name: "an old DaCapo's newest rows", before: training(0, 10, 0), training: training(10, 20, 0)},
		{name: "a gap", before: training(0, 10, 0), training: training(11, 20, 0), want: []string{ten + "11" + gapFollows}},
		{name: "a gap before one row", before: training(0, 10, 0), training: training(300, 301, 0), want: []string{ten + "300" + gapFollows}},
		{name: "a row in common", before: training(0, 10, 0), training: store.Append(training(5, 6, 0), training(20, 30, 0), 0, 10)},
		{name: "every tenth iteration", before: every(0, 100, 10), training: every(100, 200, 10)},
		{name: "a gap in every tenth", before: every(0, 10, 10), training: every(20, 90, 10), want: []string{"training_stats: the catalog ends at iteration 0, the file begins at 20" + gapFollows}},
		{name: "from the lowest iteration to the highest", before: training(-1<<63, -1<<63+1, 0), training: training(store.MaxIteration-1, store.MaxIteration, 0), want: []string{"training_stats: the catalog ends at iteration -9223372036854775808, the file begins at 9223372036854775805" + gapFollows}},
		{name: "the next score", validated: validation(0, 10), validation: validation(0, 20)},
		{name: "the next scores", validated: validation(0, 10, 20), validation: validation(0, 30, 40, 60)},
		{name: "scores after a gap", validated: validation(0, 10, 20), validation: validation(0, 40, 50, 60), want: []string{"validation_scores: the catalog ends at iteration 20, the file begins at 40" + gapFollows}},
		{name: "other rows", before: training(0, 10, 0), training: training(5, 20, 1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			m := s.mirror(s.open())
			sync := func(training store.TrainingStats, validation store.ValidationScores) {
				t.Helper()
				s.StoreTraining("run", training)
				s.StoreValidation("run", validation)
				s.Check(m.Sync(t.Context(), "run"))
			}
			sync(tc.before, tc.validated)
			s.problems()
			sync(tc.training, tc.validation)
			if diff := cmp.Diff(tc.want, s.problems()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestGapIsLoggedOnce commits the rows after a gap at the second attempt.
func TestGapIsLoggedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(m.Sync(t.Context(), "run"))
	s.StoreTraining("run", training(20, 30, 0))
	stop := durable.Intercept(s.State(), func(op durable.Op) error {
		if op.Kind == durable.OpRename {
			return syscall.EIO
		}
		return nil
	})
	if m.Sync(t.Context(), "run") == nil {
		t.Error("there is no error")
	}
	stop()
	s.Check(m.Sync(t.Context(), "run"))
	want := []string{"training_stats: the catalog ends at iteration 9, the file begins at 20" + gapFollows}
	if diff := cmp.Diff(want, s.problems()); diff != "" {
		t.Error(diff)
	}
}

// TestGapBehindABackupIsLogged loses a catalog while the backup is away. The rows stored then
// follow the backup's rows after a gap.
func TestGapBehindABackupIsLogged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	sync := func(backups ...backup.Backup) {
		t.Helper()
		c := s.open()
		s.Check(s.mirror(c, backups...).SyncAll(t.Context(), nil))
		s.Check(c.Close())
	}
	s.StoreTraining("run", training(0, 10, 0))
	sync(b)
	s.LoseCatalog()
	s.StoreTraining("run", training(20, 30, 0))
	sync()
	sync(b)
	want := []string{"training_stats: the backup ends at iteration 9, the catalog begins at 20" + gapFollows}
	if diff := cmp.Diff(want, s.problems()); diff != "" {
		t.Error(diff)
	}
}
