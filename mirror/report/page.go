package report

// Page is the content of a page.
type Page struct {
	Title  string   `json:"title"`
	Made   int64    `json:"made"`   // when, in milliseconds since 1970
	Places []string `json:"places"` // that were read
	Runs   []Run    `json:"runs"`
	Every  int64    `json:"every,omitempty"` // in seconds, how often an open page looks for a newer one; 0 for never

	Criteria [][]Criterion `json:"criteria,omitempty"` // lists of criteria, each for some of the runs
}

// Criterion describes a criterion of validation scores.
type Criterion struct {
	Label string `json:"label"`
	Best  string `json:"best,omitempty"` // which score is better: max or min; empty if that is not known
}

// Run is one run. A run that could not be read has a Failure, and only fields that do not need its
// rows.
type Run struct {
	Name           string  `json:"name"`
	Location       string  `json:"location,omitempty"` // below the places; empty if there is only one
	Generation     int64   `json:"generation"`
	TrainedUntil   int64   `json:"trained"`
	ValidatedUntil int64   `json:"validated"`
	TrainingRows   int64   `json:"rows"`
	ValidationRows int64   `json:"scored"` // rows of validation scores
	Last           *Number `json:"last,omitempty"`
	Best           *Number `json:"best,omitempty"`
	Changed        int64   `json:"changed,omitempty"` // milliseconds since 1970
	Gone           int64   `json:"gone,omitempty"`    // since when its files have been missing, as Changed
	Unusable       []File  `json:"unusable,omitempty"`
	Copies         []Copy  `json:"copies"`

	Loss      *Loss        `json:"loss,omitempty"`
	Scores    *Scores      `json:"scores,omitempty"`
	Criteria  int          `json:"criteria,omitempty"` // number of its list in Page.Criteria, from 1; 0 if its criteria have only numbers
	History   []Generation `json:"history,omitempty"`
	Integrity Integrity    `json:"integrity"`
	Failure   string       `json:"failure,omitempty"`
}

// File is a stats file that could not be used when it was last read.
type File struct {
	State string `json:"state"` // unfinished, damaged or "not a pickle"
	Text  string `json:"text"`  // one line
}

// Copy is the state of a run's copy in one place.
type Copy struct {
	Place string `json:"place"`
	State string `json:"state"`
}

// Generation is one line of the history of a run.
type Generation struct {
	Generation     int64  `json:"generation"`
	TrainedUntil   int64  `json:"trained"`
	ValidatedUntil int64  `json:"validated"`
	Changed        int64  `json:"changed,omitempty"` // milliseconds since 1970
	SHA256         string `json:"sha256"`            // of the content
	Story          string `json:"story"`

	// The curves of an ended generation. Those of the current one are in Run.
	Loss   *Loss   `json:"loss,omitempty"`
	Scores *Scores `json:"scores,omitempty"`
}

// Integrity says how far the bytes of a run are verified.
type Integrity struct {
	SHA256   string   `json:"sha256,omitempty"`   // of the content
	ReadFrom string   `json:"from,omitempty"`     // the place whose snapshot was verified; "" for none
	Problems []string `json:"problems,omitempty"` // of the places that were tried
	Damaged  bool     `json:"damaged,omitempty"`  // one of the problems is damage
	Sources  []Source `json:"sources,omitempty"`
}

// Source is a stats file that a run was merged from.
type Source struct {
	Path     string `json:"path"`
	Bytes    int64  `json:"bytes"`
	Modified int64  `json:"modified"` // milliseconds since 1970
	SHA256   string `json:"sha256"`
}
