//go:build integration

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestTicksOfThePageEnd runs, in Node.js, the page's code that draws axes, for ranges in which
// adding 1 to a number does not change it.
func TestTicksOfThePageEnd(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../mirror/report/chart.js")
	if err != nil {
		t.Fatal(err)
	}
	const try = `
const ranges = [[0, 1], [1e16, 1e16 + 2], [2 ** 62, 2 ** 62 + 1024], [-1e300, 1e300], [1e300, 1.0000001e300], [-(2 ** 63), 2 ** 63]];
const flat = [0, 5e-324, 2 ** 53, 2 ** 63, -(2 ** 63), 1e300, 1.797e308, -1.797e308];
const all = ranges.map(([low, high]) => ticks(low, high, false, 5));
for (const v of flat) {
  const [low, high] = range([{ y: [v], band: [1.797e308] }], false), [first, last] = apart(v);
  if (!(low < high) || !(first < last)) throw new Error(v + " is on a scale from " + low + " to " + high);
  all.push(ticks(low, high, false, 5), ticks(first, last, false, 5));
}
for (const v of [5e-324, 1, 1.797e308]) {
  const [low, high] = range([{ y: [v] }], true);
  all.push(ticks(low, high, true, 5));
}
console.log(JSON.stringify(all.map((t) => t.length)));
`
	script := filepath.Join(t.TempDir(), "ticks.js")
	if err := os.WriteFile(script, append(source, try...), 0o600); err != nil {
		t.Fatal(err)
	}
	var counts []int
	if err := json.Unmarshal([]byte(output(t, filepath.Dir(script), "node", script)), &counts); err != nil {
		t.Fatal(err)
	}
	for i, n := range counts {
		if n < 1 || n > 12 {
			t.Errorf("axis %d of %d has %d ticks", i, len(counts), n)
		}
	}
}
