package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

// TestOnlyAPageThatIsWrittenAgainAsksItsServer shows the one request that such a page may make.
func TestOnlyAPageThatIsWrittenAgainAsksItsServer(t *testing.T) {
	t.Parallel()
	page, data := written(t, report.Page{Every: 30})
	if !strings.Contains(page, "; connect-src 'self'\"") || !strings.Contains(data, `"every":30`) {
		t.Error("the page may not ask, or does not know how often")
	}
	if n := strings.Count(page, "fetch("); n != 1 || !strings.Contains(page, `{ method: "HEAD", cache: "no-store" }`) {
		t.Errorf("the page makes %d kinds of requests", n)
	}
}

// TestLimitsSuitPagesThatGrowABit, so that one more run does not mean that all are read again.
func TestLimitsSuitPagesThatGrowABit(t *testing.T) {
	t.Parallel()
	for runs, want := range map[int]bool{70: false, 80: true, 100: true, 124: true, 126: false, 100_000: false} {
		if got := report.LimitsFor(100).Suit(runs); got != want {
			t.Errorf("the limits of 100 runs suit %d: %v", runs, got)
		}
	}
	if (report.Limits{}).Suit(0) || !report.LimitsFor(2000).Suit(100_000) {
		t.Error("no limits suit, or the least do not")
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
	text, err := json.Marshal(report.LossOf(s, 300))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"all":6,"rows":1,"x":"u1AAEFBgcI","y":"` + float64s(1.23456, nan, nan, nan, 1e-300, -math.MaxFloat64) +
		`","marks":[{"kind":"NaN","x":1,"rows":1},{"kind":"Infinity","x":5,"rows":1}],"first":{"Infinity":5,"NaN":1}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if l := report.LossOf(store.TrainingStats{}, 300); l != nil {
		t.Errorf("without rows: %v", l)
	}
}

var nan = math.NaN()

// float64s returns values as the page has them if they need all their digits.
func float64s(values ...float64) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return "f8" + base64.StdEncoding.EncodeToString(b)
}

// TestLossHasTheTimeUpToEachRow counts a time that is missing or makes no sense as 0.
func TestLossHasTheTimeUpToEachRow(t *testing.T) {
	t.Parallel()
	var s store.TrainingStats
	for i, v := range []float64{2, nan, -5, math.Inf(1), 3, math.MaxFloat64} {
		s.Iteration.Append(int64(i))
		s.Loss.Append(1)
		s.Time.Append(v)
	}
	if diff := cmp.Diff(report.Numbers{2, 2, 2, 2, 5, math.MaxFloat64}, report.LossOf(s, 6).Time); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(report.Numbers{2, math.MaxFloat64 / 3}, report.LossOf(s, 2).Time); diff != "" {
		t.Error(diff)
	}
}

// TestThinnedLossKeepsTheExtremes shows that no row disappears from a page: the lowest and the
// highest of the rows of a point stay, and their mean.
func TestThinnedLossKeepsTheExtremes(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{600, 601, 100_003} {
		var s store.TrainingStats
		for i := range rows {
			s.Iteration.Append(int64(2 * i))
			s.Loss.Append(float64(i % 2))
		}
		s.Loss.Values.Set(rows/2, 1e6)
		l := report.LossOf(s, 300)
		if n := len(l.X); n > 600 || n < 150 || len(l.Y) != n || l.All != rows {
			t.Errorf("%d rows have %d points and %d values", rows, n, len(l.Y))
		}
		if thinned := l.Rows > 1; thinned != (rows > 600) || thinned != (len(l.Low) == len(l.Y)) {
			t.Errorf("of %d rows %d are a point, and %d have a lowest loss", rows, l.Rows, len(l.Low))
		}
		if at := rows / 2 / l.Rows; l.Rows > 1 && (l.High[at] != 1e6 || l.Low[at] > 1 || l.X[0] != float64(l.Rows-1)) {
			t.Errorf("of %d rows, point %d reaches from %v to %v; the first is at %v", rows, at, l.Low[at], l.High[at], l.X[0])
		}
	}
}

// TestAPageOfFewRunsHasAllRows states the limits that usage.md gives.
func TestAPageOfFewRunsHasAllRows(t *testing.T) {
	t.Parallel()
	for runs, want := range map[int]report.Limits{0: {20_000, 20_000}, 1: {20_000, 20_000}, 30: {10_000, 20_000}, 1000: {300, 2000}, 100_000: {300, 2000}} {
		if got := report.LimitsFor(runs); got != want {
			t.Errorf("%d runs have %v, want %v", runs, got, want)
		}
	}
	var s store.TrainingStats
	for i := range 10_000 {
		s.Iteration.Append(int64(i))
		s.Loss.Append(1)
	}
	for runs, want := range map[int]int{60: 1, 61: 3, 1000: 34} {
		if l := report.LossOf(s, report.LimitsFor(runs).Points); l.Rows != want {
			t.Errorf("of %d runs of 10,000 rows, %d rows are a point, want %d", runs, l.Rows, want)
		}
	}
	each, first := report.LimitsFor(1000).Ended(3)
	if first != 1 || each != (report.Limits{Points: 100, Scores: 666}) {
		t.Errorf("two ended generations have %v from %d on", each, first)
	}
	if each, first := report.LimitsFor(1000).Ended(math.MaxInt64); first != math.MaxInt64-20 || each != (report.Limits{Points: 100, Scores: 500}) {
		t.Errorf("many ended generations have %v from %d on", each, first)
	}
}

func TestNumbersTakeTheTypeTheyNeed(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]report.Numbers{
		`[0,0,0,0]`:                              nil,
		`[1,7,0,7]`:                              {7},
		`[4,0.5,2,6]`:                            {0.5, 2.5, 4.5, 6},
		`"u1AAP/AQ=="`:                           {0, 3, 255, 1},
		`"u2AAADAAABAQA="`:                       {0, 3, 256, 1},
		`"f4AADAfwAAgD8AAABA"`:                   {nan, 1, 2},
		`"` + float64s(0.1, 1<<24+1, 3, 4) + `"`: {0.1, 1<<24 + 1, 3, 4},
		`"` + float64s(1, 1e-300, 3) + `"`:       {1, 1e-300, 3},
	} {
		if text, err := json.Marshal(n); err != nil || string(text) != want {
			t.Errorf("%v is %s, want %s (%v)", n, text, want, err)
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
	got := report.ScoresOf(scores([]float64{0.5, 0.25}, []float64{nan, math.Inf(1)}, []float64{0.5, 0.75, nan}), 8000)
	want := &report.Scores{Together: 1, X: report.Numbers{100, 200, 300}, Series: []report.Series{{
		Low: report.Numbers{0.25, nan, 0.5}, LowAt: report.Numbers{1, nan, 0}, High: report.Numbers{0.5, nan, 0.75}, HighAt: report.Numbers{0, nan, 1},
		Lowest: report.Score{Score: 0.25, Iteration: 100, Parameters: 1}, Highest: report.Score{Score: 0.75, Iteration: 300, Parameters: 1}, Odd: 3,
	}}}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.IgnoreUnexported(report.Series{})); diff != "" {
		t.Error(diff)
	}
	if s := report.ScoresOf(store.ValidationScores{}, 8000); s != nil {
		t.Errorf("without rows: %v", s)
	}
	if s := report.ScoresOf(scores([]float64{2}, []float64{1}), 8000).Series[0]; s.High != nil || s.LowAt != nil || s.Low[1] != 1 {
		t.Errorf("with one choice of parameters: %+v", s)
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
	s := report.ScoresOf(scores(rows...), 8000)
	if s.Together != 3 || len(s.X) != 3334 || len(s.Series[0].High) != 3334 || s.X[3333] != 1_000_100 {
		t.Errorf("%d are a point, %d points, the last at %v", s.Together, len(s.X), s.X[len(s.X)-1])
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
	if s := report.ScoresOf(wide, 8000); len(s.Series) != 400 || s.LeftOut != 600 {
		t.Errorf("%d of 1000 criteria are shown, %d left out", len(s.Series), s.LeftOut)
	}
}
