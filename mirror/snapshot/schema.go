package snapshot

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// The columns, in the order of the file.
const (
	runColumn = iota
	iterationColumn
	lossColumn
	timeColumn
	scoresColumn
	columns
)

const scoresPath = "scores.list.element.list.element.list.element"

// Definition levels of the scores: the depth down to which a value exists.
const (
	scoresNull  = iota // no validation at this iteration, or None
	outerEmpty         // a row without lists
	middleEmpty        // a list of the first depth without lists
	innerEmpty         // a list of the second depth without doubles
	valueNull
	valueThere
)

// fileSchema is the schema in FORMAT.md. A writer numbers the nodes of its schema, so each writer
// needs its own.
var fileSchema = newSchema()

func newSchema() *schema.GroupNode {
	required, optional := parquet.Repetitions.Required, parquet.Repetitions.Optional
	run := must(schema.NewPrimitiveNodeLogical("run", required, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1))
	value := schema.NewFloat64Node("element", optional, -1)
	inner := listOf("element", required, value)
	middle := listOf("element", required, inner)
	return must(schema.NewGroupNode("run", required, schema.FieldList{
		run,
		schema.NewInt64Node("iteration", required, -1),
		schema.NewFloat64Node("loss", optional, -1),
		schema.NewFloat64Node("time", optional, -1),
		listOf("scores", optional, middle),
	}, -1))
}

func listOf(name string, repetition parquet.Repetition, element schema.Node) schema.Node {
	list := must(schema.NewGroupNode("list", parquet.Repetitions.Repeated, schema.FieldList{element}, -1))
	return must(schema.NewGroupNodeLogical(name, repetition, schema.FieldList{list}, schema.NewListLogicalType(), -1))
}

// must panics on an error. It is for the schema, which is constant.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const (
	pageSize  = 1 << 20 // bytes before compression, approximately
	batchSize = 16 << 10
)

// writerProperties returns the properties of Write, changed by but.
func writerProperties(but ...parquet.WriterProperty) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithCreatedBy("statsmirror"),
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithCompressionLevel(1),
		parquet.WithDataPageSize(pageSize),
		parquet.WithBatchSize(batchSize),
		parquet.WithDictionaryDefault(false),
		parquet.WithDictionaryFor("run", true),
		parquet.WithEncodingFor("iteration", parquet.Encodings.DeltaBinaryPacked),
		parquet.WithStats(false),
		parquet.WithStatsFor("run", true),
		parquet.WithStatsFor("iteration", true),
	}
	for _, name := range []string{"loss", "time", scoresPath} {
		options = append(options, parquet.WithEncodingFor(name, parquet.Encodings.ByteStreamSplit))
	}
	return parquet.NewWriterProperties(append(options, but...)...)
}
