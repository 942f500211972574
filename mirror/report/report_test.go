package report_test

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/report"
	"statsmirror/store"
	"statsmirror/store/column"
)

// written returns a page and its data.
func written(t *testing.T, p report.Page) (page, data string) {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	page = b.String()
	_, rest, found := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, ended := strings.Cut(rest, "</script>")
	if !found || !ended {
		t.Fatal("the page has no data")
	}
	return page, data
}

// TestNamesDoNothing shows that no name of a run adds an element to the page, and that each is in
// its data.
func TestNamesDoNothing(t *testing.T) {
	t.Parallel()
	plain, _ := written(t, report.Page{Runs: []report.Run{{Name: "run"}}})
	elements := strings.Count(plain, "<")
	for name, want := range map[string]string{
		`</script><img src=x onerror=alert(1)>`: `</script><img src=x onerror=alert(1)>`,
		"<!--<script>":                          "<!--<script>",
		"{{script}} {{data}} {{title}}":         "{{script}} {{data}} {{title}}",
		"two\nlines\u2028\x00":                  "two\nlines\u2028\x00",
		"not \xff UTF-8":                        "not \uFFFD UTF-8",
		`"quoted\`:                              `"quoted\`,
	} {
		page, data := written(t, report.Page{Runs: []report.Run{{Name: name, Failure: name, Integrity: report.Integrity{Problems: []string{name}}}}})
		if got := strings.Count(page, "<"); got != elements {
			t.Errorf("%q makes %d elements, want %d", name, got, elements)
		}
		var p report.Page
		if err := json.Unmarshal([]byte(data), &p); err != nil {
			t.Errorf("%q: %v", name, err)
		} else if p.Runs[0].Name != want {
			t.Errorf("%q is %q in the data", name, p.Runs[0].Name)
		}
	}
}

func TestTitleIsEscaped(t *testing.T) {
	t.Parallel()
	page, _ := written(t, report.Page{Title: "</title><b>"})
	if !strings.Contains(page, "<title>&lt;/title&gt;&lt;b&gt;</title>") {
		t.Error("the title is not escaped")
	}
}

// TestPageNeedsNothingElse shows that the page's policy allows no request and that its text names
// none.
func TestPageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	page, _ := written(t, report.Page{})
	policy := regexp.MustCompile(`Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; ` +
		`style-src 'sha256-[A-Za-z0-9+/]{43}='; script-src 'sha256-[A-Za-z0-9+/]{43}='"`)
	if !policy.MatchString(page) {
		t.Error("the page lacks the policy")
	}
	if found := regexp.MustCompile(`\{\{|\b(src|href)=|\burl\(|@import|\bfetch\(|innerHTML`).FindString(page); found != "" {
		t.Errorf("the page contains %s", found)
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	var s store.TrainingStats
	add := func(iteration int64, loss float64) {
		s.Iteration.Append(iteration)
		s.Loss.Append(loss)
	}
	add(0, 1.23456)
	add(1, math.NaN())
	add(5, math.Inf(1))
	s.Iteration.Append(6)
	s.Loss.Null = column.BlocksOf(false, false, false)
	s.Loss.AppendNull()
	add(7, 1e-300)
	add(8, -math.MaxFloat64)
	text, err := json.Marshal(report.LossOf(s))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"window":1,"x":[0,1,5,6,7,8],"y":[1.235,null,null,null,1e-300,-1.797e+308],"marks":[{"kind":"NaN","x":1,"rows":1},{"kind":"+Inf","x":5,"rows":1}]}`
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	if l := report.LossOf(store.TrainingStats{}); l != nil {
		t.Errorf("without rows: %v", l)
	}
}

func TestLossOfManyRowsIsSmall(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{300, 301, 100_003} {
		var s store.TrainingStats
		for i := range rows {
			s.Iteration.Append(int64(i))
			s.Loss.Append(float64(i % 2))
		}
		l := report.LossOf(s)
		if n := len(l.X); n > 300 || n < 150 || len(l.Y) != n {
			t.Errorf("%d rows have %d points and %d values", rows, n, len(l.Y))
		}
		if smoothed := l.Window > 1; smoothed != (rows > 300) || smoothed != (len(l.Band) == len(l.Y)) {
			t.Errorf("of %d rows %d are a point, and %d have a band", rows, l.Window, len(l.Band))
		}
	}
}

// scores returns a row for each validation, of one dataset and one criterion. A row has a score for
// each of the parameters.
func scores(rows ...[]float64) store.ValidationScores {
	var s store.ValidationScores
	for i, parameters := range rows {
		s.Iteration.Append(int64(100 * (i + 1)))
		s.Scores.BeginRow()
		s.Scores.BeginOuter()
		for _, v := range parameters {
			s.Scores.BeginMiddle()
			s.Scores.AppendValues([]float64{v})
		}
	}
	return s
}

func TestScores(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	text, err := json.Marshal(report.ScoresOf(scores([]float64{0.5, 0.25}, []float64{nan, math.Inf(1)}, []float64{0.5, 0.75, nan})))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"together":1,"x":[100,200,300],"series":[{"dataset":0,"criterion":0,` +
		`"low":[0.25,null,0.5],"high":[0.5,null,0.75],` +
		`"lowest":{"score":0.25,"iteration":100,"parameters":1},"highest":{"score":0.75,"iteration":300,"parameters":1},"odd":3}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if s := report.ScoresOf(store.ValidationScores{}); s != nil {
		t.Errorf("without rows: %v", s)
	}
}

// TestManyScoresAreSmall shows that each validation counts in a point and that the best is kept.
func TestManyScoresAreSmall(t *testing.T) {
	t.Parallel()
	rows := make([][]float64, 10_001)
	for i := range rows {
		rows[i] = []float64{float64(i % 1000)}
	}
	rows[7777] = []float64{5000}
	s := report.ScoresOf(scores(rows...))
	if s.Together != 3 || len(s.X) != 3334 || len(s.Series[0].High) != 3334 || s.X[3333] != 1_000_100 {
		t.Errorf("%d are a point, %d points, the last at %d", s.Together, len(s.X), s.X[len(s.X)-1])
	}
	if best := s.Series[0].Highest; best != (report.Score{Score: 5000, Iteration: 777_800}) || s.Series[0].High[7777/3] != 5000 {
		t.Errorf("the best is %v", best)
	}

	var wide store.ValidationScores
	wide.Iteration.Append(1)
	wide.Scores.BeginRow()
	wide.Scores.BeginOuter()
	wide.Scores.BeginMiddle()
	wide.Scores.AppendValues(make([]float64, 1000))
	if s := report.ScoresOf(wide); len(s.Series) != 400 || s.LeftOut != 600 {
		t.Errorf("%d of 1000 criteria are shown, %d left out", len(s.Series), s.LeftOut)
	}
}
