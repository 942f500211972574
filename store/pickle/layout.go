package pickle

import "strings"

// Type is the type of a column.
type Type uint8

// The types of columns.
const (
	Int    Type = iota // int64
	Float              // double or null
	Nested             // lists of lists of lists of doubles; each list and double may be null
	Text               // only the first value is kept
)

// Column is a value in each row: under a key of a dict, or in an attribute.
type Column struct {
	Name     string
	Type     Type
	Optional bool // only a Text may be optional
}

// Class is a class that may occur. None of its code is executed: an instance has only the
// attributes that the pickle gives it.
type Class struct {
	Module string // this module and the modules below it
	Name   string
}

func (c Class) matches(module, name string) bool {
	return name == c.Name && (module == c.Module || strings.HasPrefix(module, c.Module+"."))
}

// Layout describes the rows to look for: dicts with the columns as keys, or instances with them as
// attributes. Other keys and attributes are ignored.
type Layout struct {
	Columns  []Column // at most 8
	Classes  []Class  // whose instances are rows
	Wrappers []Class  // whose instances hold the list of rows in an attribute
}
