package store_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"statsmirror/store"
)

// gzipped returns text as gzip writes it.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestErrorNamesWhatAFileIs(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	for name, test := range map[string]struct{ content, is string }{
		"gzip":       {gzipped(t, pickled(t, row{0, 1})), "not a pickle but gzip data"},
		"bzip2":      {"BZh91AY&SY\x94\xb6\xab\xf4", "not a pickle but bzip2 data"},
		"zstd":       {"\x28\xb5\x2f\xfd\x24\x05\x29\x00\x00", "not a pickle but zstd data"},
		"zip":        {"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x21\x00" + strings.Repeat("\x00", 12) + "\x05\x00\x00\x00a.txthello", "not a pickle but a zip archive"},
		"checkpoint": {"PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 12) + "\x10\x00\x12\x00archive/data.pklFB\x0e\x00", "not a pickle but a PyTorch checkpoint"},
		"npz":        {"PK\x03\x04\x2d\x00\x00\x00\x00\x00\x00\x00\x21\x00" + strings.Repeat("\xff", 12) + "\x09\x00\x14\x00arr_0.npy\x01\x00", "not a pickle but an archive of numpy arrays (.npz)"},
		"npy":        {"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False", "not a pickle but a numpy array (.npy)"},
		"hdf5":       {"\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00\x08\x08\x00", "not a pickle but an HDF5 file"},
		"parquet":    {"PAR1\x15\x04\x15\x80\x01", "not a pickle but a Parquet file"},
		"events":     {"\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7fK\x22\x09\x00\x00\xc0\x0c\x9f\x1e\xd9A\x1a\x0dbrain.Event:2", "not a pickle but a TensorBoard event file"},
		"png":        {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "not a pickle but a PNG picture"},
		"tar":        {"notes.txt" + strings.Repeat("\x00", 248) + "ustar  \x00", "not a pickle but a tar archive"},
		"html":       {"\n<!doctype HTML>\n<html><title>404 Not Found", "not a pickle but an HTML page"},
		"xml":        {`<?xml version="1.0"?><svg/>`, "not a pickle but XML"},
		"json":       {`[{"iteration": 1, "loss": 0.5}, {"itera`, "not a pickle but JSON"},
		"json lines": {"{\"iteration\": 1}\n{\"iteration\": 2}\n", "not a pickle but JSON"},
		"lfs":        {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "not a pickle but a pointer of Git LFS"},
		"ini":        {"[section]\nkey = 1\n", "not a pickle but text"},
		"csv":        {"iteration,loss,time\n0,1,1\n", "not a pickle but text"},
		"umlauts":    {strings.Repeat("ä", 300), "not a pickle but text"}, // the head ends in the middle of one, or not
		"odd":        {"x" + strings.Repeat("ä", 300), "not a pickle but text"},
		"script":     {"#!/bin/sh\n", "not a pickle but a script"},
		"bytes":      {"\x0c\xfe\x01\x00\x02", "not a pickle"},
	} {
		tree.file("training_stats/"+name, test.content)
		_, err := tree.ReadTraining(t.Context(), name, nil)
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || !invalid.Foreign || !strings.HasPrefix(invalid.Err.Error(), test.is) {
			t.Errorf("%s: %v, want %s", name, err, test.is)
			continue
		}
		if test.is == "not a pickle" && invalid.Err.Error() != test.is {
			t.Errorf("%s: %v", name, err)
		}
		if hint := invalid.Hint(true); !strings.Contains(hint, "elsewhere, then: statsmirror restore") {
			t.Errorf("%s: hint is %q", name, hint)
		}
	}
}

// TestPickleIsNotNamedOtherwise has pickles that are not statistics, although some look like text,
// and what is left of a pickle.
func TestPickleIsNotNamedOtherwise(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	for name, test := range map[string]struct{ content, why string }{
		"a dict, protocol 0":   {"(dp0\nVloss\np1\nI1\ns.", ""},
		"a dict, protocol 1":   {"}q\x00X\x04\x00\x00\x00lossq\x01K\x01s.", ""},
		"a list, protocol 0":   {"(lp0\nI1\naI2\na.", ""},
		"an int, protocol 0":   {"I1\n.", ""},
		"a text, protocol 0":   {"Vhello\np0\n.", ""},
		"None, protocol 0":     {"N.", ""},
		"a dict, protocol 4":   {"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.", ""},
		"the beginning of one": {"(l", "the pickle ends in the middle"},
		"nothing":              {"", "the file is empty"},
		"zeros":                {strings.Repeat("\x00", 70000), "zeros where the pickle should begin"},
	} {
		tree.file("training_stats/"+name, test.content)
		_, err := tree.ReadTraining(t.Context(), name, nil)
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || invalid.Foreign || strings.Contains(err.Error(), "not a pickle") || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %v", name, err)
		}
		if test.why != "" && (!strings.Contains(invalid.Hint(true), "restore") || strings.Contains(err.Error(), "EOF")) {
			t.Errorf("%s: %v; hint %q", name, err, invalid.Hint(true))
		}
	}
}
