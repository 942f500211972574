package parquet

// Types of columns.
const (
	Int64     = 2
	Double    = 5
	ByteArray = 6
	Group     = -1 // not a column
)

// Repetitions: how many values a node has in its parent.
const (
	Required = 0
	Optional = 1
	Repeated = 2
)

// Logical types.
const (
	Plain  = -1
	String = 0
	List   = 3
)

// A Node is a column, or a group of nodes.
type Node struct {
	Name       string
	Type       int64
	Repetition int64 // of the root, it means nothing
	Logical    int64
	Children   int // the nodes that follow in the schema, each followed by its own
}

// A Schema describes the columns of a file.
type Schema struct {
	columns []column
	encoded []byte
}

type column struct {
	path []string // without the root
	node Node
}

// NewSchema returns a schema of nodes, parents first. The first is the root.
func NewSchema(nodes ...Node) *Schema {
	s, next := &Schema{encoded: encodeSchema(nodes)}, 1
	var walk func(path []string, n int)
	walk = func(path []string, n int) {
		for range n {
			node := nodes[next]
			next++
			below := append(path[:len(path):len(path)], node.Name)
			if node.Type != Group {
				s.columns = append(s.columns, column{below, node})
			}
			walk(below, node.Children)
		}
	}
	walk(nil, nodes[0].Children)
	return s
}

// encodeSchema returns the schema as the footer has it, after the field of the version.
func encodeSchema(nodes []Node) []byte {
	var e encoder
	e.last[0] = footerVersion
	e.list(footerSchema, len(nodes), thriftStruct)
	for i, n := range nodes {
		e.open()
		if n.Type != Group {
			e.i32(1, n.Type)
		}
		if i > 0 {
			e.i32(3, n.Repetition)
		}
		e.text(4, n.Name)
		if n.Children > 0 {
			e.i32(5, int64(n.Children))
		}
		if n.Logical != Plain {
			e.i32(6, n.Logical)
			e.begin(10)
			e.begin(map[int64]byte{String: 1, List: 3}[n.Logical])
			e.end()
			e.end()
		}
		e.end()
	}
	return e.b
}
