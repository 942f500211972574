package snapshot

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// The columns, in the order in which they stand in the file.
const (
	runColumn = iota
	iterationColumn
	lossColumn
	timeColumn
	scoresColumn
	columns
)

const scoresPath = "scores.list.element.list.element.list.element"

// Definition levels of the scores: how deep a value is there.
const (
	scoresNull  = iota // no validation at this iteration, or None
	outerEmpty         // a row without lists
	middleEmpty        // a list of the first depth without lists
	innerEmpty         // a list of the second depth without doubles
	valueNull
	valueThere
)

// fileSchema is what FORMAT.md lists. A writer numbers the nodes of its schema,
// so that each needs one of its own.
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

// must is for a schema that is constant.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const (
	pageSize  = 1 << 20 // bytes before compression, about
	batchSize = 16 << 10
)

// writerProperties returns how Write writes, but for what is given.
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
