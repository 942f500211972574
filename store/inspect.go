package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Inspection is the content of a stats file or a run directory.
type Inspection struct {
	Kind       Kind
	RunName    string           // as in the rows; "" if they do not say
	Training   TrainingStats    // normalised, if Kind is Training
	Validation ValidationScores // normalised, if Kind is Validation
	Sources    []Source
	Problems   []string      // notes on the content, for people to read
	Damage     *InvalidError // why only some rows could be read; nil if the content is whole

	entry   string // base name of the file or run directory
	private bool   // some users may not read all of it
}

// Rows returns how many rows there are.
func (i *Inspection) Rows() int { return i.Training.Len() + i.Validation.Len() }

// Inspect reads any stats file or run directory, wherever it lies, as it is now. It tells the kind
// by the rows, or else by the name of the parent directory. Damage is not an error. A file that
// changes while it is read is an *UnsettledError.
func Inspect(ctx context.Context, path string) (*Inspection, error) {
	given := path
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	top, err := openTop(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	defer top.close()
	i, err := inspect(ctx, top, filepath.Base(path), Kind(filepath.Base(filepath.Dir(path))))
	if errors.Is(err, errChanged) {
		return nil, &UnsettledError{path, DefaultQuiet}
	}
	if lacking, ok := errors.AsType[*noFileError](err); ok {
		return nil, &noFileError{given, lacking.reason}
	}
	if err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	return i, nil
}

// inspect tries both kinds, the likelier one first. It takes the first that is whole, or else the
// one with more rows.
func inspect(ctx context.Context, top *node, name string, likely Kind) (*Inspection, error) {
	attempts := []func(context.Context, *node, string) (*Inspection, error){inspectTraining, inspectValidation}
	if likely == Validation {
		slices.Reverse(attempts)
	}
	var best *Inspection
	for _, attempt := range attempts {
		i, err := attempt(ctx, top, name)
		if err != nil {
			return nil, err
		}
		if i.Damage == nil {
			return i, nil
		}
		if best == nil || i.Rows() > best.Rows() {
			best = i
		}
	}
	return best, nil
}

func inspectTraining(ctx context.Context, top *node, name string) (*Inspection, error) {
	i, rows, err := inspectAs(ctx, top, trainingFormat, name)
	if err != nil {
		return nil, err
	}
	i.Training = rows
	return i, nil
}

func inspectValidation(ctx context.Context, top *node, name string) (*Inspection, error) {
	i, rows, err := inspectAs(ctx, top, validationFormat, name)
	if err != nil {
		return nil, err
	}
	i.Validation = rows
	return i, nil
}

func inspectAs[R Rows[R]](ctx context.Context, top *node, f format[R], name string) (*Inspection, R, error) {
	var none R
	entry, err := top.open(name)
	if err != nil {
		return nil, none, err
	}
	defer entry.close()
	sources, err := entry.sources(Tree{}.Ignores)
	if err != nil {
		return nil, none, err
	}
	file, err := readFiles(ctx, entry, f, name, sources)
	var damage *InvalidError
	if err != nil && !errors.As(err, &damage) {
		return nil, none, err
	}
	i := &Inspection{Kind: f.kind, Sources: file.Sources, Problems: file.Problems, Damage: damage, entry: name}
	for _, s := range file.Sources {
		const othersRead = 0o004
		var stat unix.Stat_t
		if err := uninterrupted(func() error { return unix.Fstatat(top.fd, s.Path, &stat, unix.AT_SYMLINK_NOFOLLOW) }); err != nil || stat.Mode&othersRead == 0 {
			i.private = true
		}
		i.RunName = cmp.Or(i.RunName, s.RunName)
	}
	return i, Normalise(file.Rows), nil
}
