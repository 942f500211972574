package snapshot

import "statsmirror/mirror/snapshot/internal/parquet"

// The columns, in the order of the file.
const (
	runColumn = iota
	iterationColumn
	lossColumn
	timeColumn
	scoresColumn
	columns
)

var columnNames = [columns]string{"run", "iteration", "loss", "time", "scores"}

// Definition levels of the scores: the depth down to which a value exists.
const (
	scoresNull  = iota // no validation at this iteration, or None
	outerEmpty         // a row without lists
	middleEmpty        // a list of the first depth without lists
	innerEmpty         // a list of the second depth without doubles
	valueNull
	valueThere
)

// scoresLists is the highest repetition level of the scores, which continues a list of doubles.
const scoresLists = 3

// there is the definition level of a loss or time that is not null.
const there = 1

// schema is the schema in FORMAT.md.
var schema = parquet.NewSchema(
	grouped("run", parquet.Required, parquet.Plain, 5),
	parquet.Node{Name: "run", Type: parquet.ByteArray, Logical: parquet.String},
	parquet.Node{Name: "iteration", Type: parquet.Int64, Logical: parquet.Plain},
	double("loss"),
	double("time"),
	grouped("scores", parquet.Optional, parquet.List, 1),
	grouped("list", parquet.Repeated, parquet.Plain, 1),
	grouped("element", parquet.Required, parquet.List, 1),
	grouped("list", parquet.Repeated, parquet.Plain, 1),
	grouped("element", parquet.Required, parquet.List, 1),
	grouped("list", parquet.Repeated, parquet.Plain, 1),
	double("element"),
)

func double(name string) parquet.Node {
	return parquet.Node{Name: name, Type: parquet.Double, Repetition: parquet.Optional, Logical: parquet.Plain}
}

func grouped(name string, repetition, logical int64, children int) parquet.Node {
	return parquet.Node{Name: name, Type: parquet.Group, Repetition: repetition, Logical: logical, Children: children}
}
