package store

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"statsmirror/store/durable"
)

const maxRunLength = 255 // bytes, as in file systems

// CheckRun returns nil if name can name a run, else an error that says why not. A run's name is the
// name of its file: any bytes but NUL and slash, UTF-8 or not. Spaces, newlines, a leading dot or
// dash are allowed.
func CheckRun(name string) error {
	if reason := refuseRun(name); reason != nil {
		return fmt.Errorf("invalid run name %q: %w", name, reason)
	}
	return nil
}

func refuseRun(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case name == "." || name == "..":
		return errors.New("names the directory itself or its parent")
	case strings.ContainsRune(name, '/'):
		return errors.New("contains a slash")
	case strings.ContainsRune(name, 0):
		return errors.New("contains a NUL byte")
	case len(name) > maxRunLength:
		return fmt.Errorf("has %d bytes, at most %d can name a file", len(name), maxRunLength)
	case durable.IsTemp(name):
		return fmt.Errorf("names beginning with %s are temporary files", durable.TempPrefix)
	}
	return nil
}

// pythonName returns a run's name as Python decodes it: bytes that are not UTF-8 become lone
// surrogates, which pickles hold in three bytes each (PEP 383).
func pythonName(run string) string {
	if utf8.ValidString(run) {
		return run
	}
	var name []byte
	for len(run) > 0 {
		r, size := utf8.DecodeRuneInString(run)
		if r == utf8.RuneError && size == 1 {
			name = append(name, 0xED, 0xB0|run[0]>>6&0x0F, 0x80|run[0]&0x3F)
		} else {
			name = append(name, run[:size]...)
		}
		run = run[size:]
	}
	return string(name)
}
