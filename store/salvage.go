package store

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"statsmirror/store/durable"
)

// Salvage writes the rows that were found to the new file path, as a pickle that DaCapo loads: a
// list of dicts. Their run_name is RunName, or the name of the inspected file if that is empty. If
// path exists already, it is left alone and the error matches fs.ErrExist. On any error no file is
// left.
func (i *Inspection) Salvage(path string) (Source, error) {
	if i.Rows() == 0 {
		return Source{}, errors.New("salvage: no row can be saved")
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return Source{}, fmt.Errorf("salvage: %w", err)
	}
	defer root.Close()
	name := filepath.Base(path)
	claim, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, i.perm())
	if err != nil {
		return Source{}, fmt.Errorf("salvage: %w", err)
	}
	written := digest{hash: sha256.New()}
	claimed, err := claim.Stat()
	if err = errors.Join(err, claim.Close()); err == nil {
		_, err = durable.WriteFileLike(root, name, claimed, func(w io.Writer) error { return i.encode(io.MultiWriter(w, &written)) })
	}
	if err != nil {
		return Source{}, errors.Join(fmt.Errorf("salvage: %w", err), root.Remove(name))
	}
	return Source{Path: path, SHA256: written.sum(), RunName: i.runName(), Stamp: Stamp{Size: written.size}}, nil
}

// perm returns the mode of a new file: whoever may not read the inspected file may not read the new
// one.
func (i *Inspection) perm() fs.FileMode {
	if i.private {
		return 0o600
	}
	return 0o644
}

func (i *Inspection) encode(w io.Writer) error {
	if i.Kind == Validation {
		return validationFormat.encode(w, i.runName(), i.Validation)
	}
	return trainingFormat.encode(w, i.runName(), i.Training)
}

func (i *Inspection) runName() string { return cmp.Or(i.RunName, pythonName(i.entry)) }
