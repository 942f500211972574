package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"statsmirror/store/column"
	"statsmirror/store/pickle"
)

// written returns the pickle of two rows.
func written() []byte {
	var iteration column.Blocks[int64]
	var loss column.Floats
	iteration.Append(0)
	loss.Append(0.5)
	iteration.Append(1)
	loss.AppendNull()
	var file bytes.Buffer
	if err := pickle.Encode(&file, 2, pickle.IntField("iteration", iteration), pickle.FloatField("loss", loss)); err != nil {
		panic(err)
	}
	return file.Bytes()
}

var losses = pickle.Layout{Columns: []pickle.Column{
	{Name: "iteration", Type: pickle.Int},
	{Name: "loss", Type: pickle.Float},
}}

func ExampleDecoder() {
	table, err := pickle.NewDecoder(losses).Decode(bytes.NewReader(written()))
	if err != nil {
		panic(err)
	}
	for i := range table.Rows {
		fmt.Println(table.Ints[0].At(i), table.Floats[1].At(i), table.Floats[1].IsNull(i))
	}
	// Output:
	// 0 0.5 false
	// 1 0 true
}

// A file that ends in the middle gives an error and the rows that are complete.
func ExampleSyntaxError() {
	torn := written()
	torn = torn[:len(torn)-3]
	table, err := pickle.NewDecoder(losses).Decode(bytes.NewReader(torn))
	var e *pickle.SyntaxError
	if errors.As(err, &e) {
		fmt.Println("byte", e.Offset, errors.Is(err, io.ErrUnexpectedEOF))
	}
	fmt.Println(table.Rows, "row, with iteration", table.Ints[0].At(0))
	// Output:
	// byte 58 true
	// 1 row, with iteration 0
}
