package event

import "go.uber.org/zap"

// LogPruned logs which ended generations of a run were removed.
func LogPruned(log *zap.Logger, run string, generations []int64) {
	log.Info("generations removed", Is(Pruned), zap.String(FieldRun, run), zap.Int64s(FieldGenerations, generations))
}

// LogDamaged logs that the file of an ended generation is damaged.
func LogDamaged(log *zap.Logger, run, path string, generation int64, err error) {
	log.Error("ended generation damaged", Is(Damaged), zap.String(FieldRun, run),
		zap.String(FieldPath, path), zap.Int64(FieldGeneration, generation), zap.NamedError(FieldErr, err))
}

// LogRecordFailed logs that the catalog could not write the record of a run, unless the limiter
// holds the line back.
func LogRecordFailed(log *zap.Logger, l *Limiter, err error) {
	if held, ok := l.Allow(CatalogFailed, ""); ok {
		log.Warn("record not written", Is(CatalogFailed), HeldBack(held), zap.NamedError(FieldErr, err))
	}
}
