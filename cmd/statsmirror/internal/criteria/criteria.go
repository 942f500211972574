package criteria

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/store"
)

// Directions of a criterion. A criterion without a direction has "".
const (
	Max = "max" // the highest score is the best
	Min = "min"
)

// Criterion is a criterion of validation scores.
type Criterion struct {
	Name string `json:"name"`
	Best string `json:"best,omitempty"` // Max or Min; "" if it is not known which score is better
}

// List has the criteria of a row of scores, in order. A nil List names nothing: its criteria are
// numbers.
type List []Criterion

// most is the highest number of criteria that can have names.
const most = 1000

// nameForm is the form of a name: no sign of the syntax of Parse, and nothing that a terminal, a file
// or TensorBoard takes for something else. A number would be mistaken for a position.
var (
	nameForm   = regexp.MustCompile(`^[\pL\pN_][\pL\pN_.+-]{0,99}$`)
	numberForm = regexp.MustCompile(`^[0-9]+$`)
)

// Parse reads names and directions, "dice:max,voi:min,other". The name of a set of DaCapo stands for
// the whole set; with a prefix, "mito__binary", each of its names has that prefix, as in DaCapo's
// scores of several channels. An empty text is a nil List.
func Parse(text string) (List, error) {
	if text == "" {
		return nil, nil
	}
	var all List
	for _, part := range strings.Split(text, ",") {
		if set := setOf(part); set != nil {
			all = append(all, set...)
			continue
		}
		c, err := parseOne(part)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) > most {
		return nil, fmt.Errorf("there are %d; at most %d criteria can be named", len(all), most)
	}
	return all, all.checkDistinct()
}

func parseOne(part string) (Criterion, error) {
	name, best, directed := strings.Cut(part, ":")
	switch {
	case part == "":
		return Criterion{}, fmt.Errorf("a criterion has no name; write names with commas between them, as dice:max,voi:min")
	case directed && best != Max && best != Min:
		return Criterion{}, fmt.Errorf("criterion %q has the direction %q; it must be max or min, as dice:max", name, best)
	case numberForm.MatchString(name) || !nameForm.MatchString(name):
		return Criterion{}, fmt.Errorf("%q is not a name of a criterion; write a word, as dice:max", name)
	case !directed && strings.Contains(name, "__"):
		if meant := usage.Nearest(name[strings.LastIndex(name, "__")+2:], SetNames()); meant != "" {
			return Criterion{}, fmt.Errorf("%q is not a set of DaCapo%s; for a criterion of that name, give its direction, %s:max or %s:min", name, meant, name, name)
		}
	}
	return Criterion{name, best}, nil
}

func (l List) checkDistinct() error {
	seen := map[string]bool{}
	for _, c := range l {
		if seen[c.Name] {
			return fmt.Errorf("two criteria are called %q; give each its own name", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// String returns the list in the form of Parse.
func (l List) String() string {
	var all []string
	for _, c := range l {
		text := c.Name
		if c.Best != "" {
			text += ":" + c.Best
		}
		all = append(all, text)
	}
	return strings.Join(all, ",")
}

// Label returns the name of a criterion, or else its number.
func (l List) Label(criterion int) string {
	if criterion < len(l) {
		return l[criterion].Name
	}
	return strconv.Itoa(criterion)
}

// Best returns the direction of a criterion; "" if it is not known.
func (l List) Best(criterion int) string {
	if criterion < len(l) {
		return l[criterion].Best
	}
	return ""
}

// Find returns the position of a criterion given by its name or number; ok is false if no criterion
// has that name.
func (l List) Find(wanted string) (criterion int, ok bool) {
	if at := slices.IndexFunc(l, func(c Criterion) bool { return c.Name == wanted }); at >= 0 {
		return at, true
	}
	n, err := strconv.ParseUint(wanted, 10, 31)
	return int(n), err == nil
}

// Names lists the names.
func (l List) Names() []string {
	var names []string
	for _, c := range l {
		names = append(names, c.Name)
	}
	return names
}

// check returns an error if a row of scores has another number of criteria than the list.
func (l List) check(s store.ValidationScores) error {
	if n := count(s); n > 0 && n != len(l) {
		meant := "; name each, in their order"
		if len(l) == 1 && l[0].Best == "" { // perhaps a set was meant
			meant = usage.Suggestion(l[0].Name, SetNames())
		}
		return fmt.Errorf("its scores have %s, but %s given (%s)%s",
			store.Count(n, "criterion", "criteria"), store.Count(len(l), "name is", "names are"), short(l.Names()), meant)
	}
	return nil
}

// short joins the first names.
func short(names []string) string {
	const shown = 6
	if len(names) > shown {
		names = append(names[:shown:shown], "…")
	}
	return strings.Join(names, ", ")
}

// count returns the highest number of criteria in a row.
func count(s store.ValidationScores) int {
	n := 0
	for row := range s.Len() {
		s.Scores.Visit(row, func(_, _, criterion, _ int) { n = max(n, criterion+1) })
	}
	return n
}
