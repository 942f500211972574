package packaging

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// turns are phrases that make readers stop, in comments and documents. Each has a bound: how many
// lines in 1,000 may have it. Rewrite a sentence that has one, as you would say it aloud; do not
// only swap the word.
var turns = []struct {
	instead string // what to write
	pattern string
	bound   float64
}{
	{`two sentences, or "whose", instead of "of which"`, `\bof (which|whom)\b`, 1},
	{`the noun instead of "what is there"`, `\b[Ww]hat (is|has|was|are|were|had|it|they|there)\b`, 4},
	{`"not a" instead of "is no"`, `\b(is|are|was|were) (no|none)\b( longer| more)?`, 4},
	{`who does it instead of "is said"`, `\b(is|are|was|were|been|be) (said|told|met|asked|noted|looked)\b`, 1},
	{`the noun instead of "those that" and "who has"`, `\b(those (that|which|who)|that which|[Oo]ne that|[Ww]ho (has|does|calls|holds|goes))\b`, 2},
	{`"also" and "again" instead of "likewise" and "anew"`, `\b(likewise|anew|thereby|therein|thereof|whatever it|be it|of it no)\b`, 1},
	{`"because" instead of "for"`, `[,;] for (it|that|they|he|a|the) \w+ (is|are|has|have|costs?|takes?|may|can)\b`, 0.5},
}

// longSentences is how many sentences for 1,000 lines may have more than 30 words.
const longSentences = 15

// prose is a line of a comment or a document.
type prose struct {
	path string
	line int
	text string
}

// TestProseIsPlain counts the turns in all comments and documents of the repository.
func TestProseIsPlain(t *testing.T) {
	t.Parallel()
	all := proseOf(t, "..")
	if len(all) < 5000 {
		t.Fatalf("only %d lines of comments and documents were found", len(all))
	}
	for _, turn := range turns {
		pattern := regexp.MustCompile(turn.pattern)
		var found []prose
		for _, p := range all {
			if hasTurn(pattern, p.text) {
				found = append(found, p)
			}
		}
		within(t, turn.instead, turn.bound, found, len(all))
	}
	within(t, "sentences of at most 30 words", longSentences, longOnes(all), len(all))
}

// hasTurn reports whether a text has a turn, but not in "is no longer" and the like, for which
// the pattern has a last group.
func hasTurn(pattern *regexp.Regexp, text string) bool {
	for _, found := range pattern.FindAllString(text, -1) {
		if !strings.HasSuffix(found, " longer") && !strings.HasSuffix(found, " more") {
			return true
		}
	}
	return false
}

// within fails if there are more lines than a bound for 1,000 of all, and shows some of them.
func within(t *testing.T, instead string, bound float64, found []prose, all int) {
	t.Helper()
	rate := 1000 * float64(len(found)) / float64(all)
	t.Logf("%5.1f of %4.1f: %s", rate, bound, instead)
	if rate <= bound {
		return
	}
	t.Errorf("write %s: %.1f of 1,000 lines of comments and documents, at most %g", instead, rate, bound)
	for _, p := range found[:min(len(found), 20)] {
		t.Logf("%s:%d: %s", p.path, p.line, p.text)
	}
}

// proseOf returns the comments of Go files and the text of documents below a directory.
func proseOf(t *testing.T, dir string) []prose {
	t.Helper()
	var all []prose
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || name == ".git" || name == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".md"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := strings.Split(string(text), "\n")
		if strings.HasSuffix(name, ".md") {
			all = append(all, documentLines(path, lines)...)
		} else {
			all = append(all, commentLines(path, lines)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// documentLines returns the lines of a Markdown document outside code.
func documentLines(path string, lines []string) []prose {
	var all []prose
	code := false
	for i, line := range lines {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "```"):
			code = !code
		case !code && line != "":
			all = append(all, prose{path, i + 1, line})
		}
	}
	return all
}

var (
	comment   = regexp.MustCompile(`(?:^|\s)//\s?(.*)$`)
	directive = regexp.MustCompile(`^(go:|nolint|line )`)
)

// commentLines returns the comments in the lines of a Go file.
func commentLines(path string, lines []string) []prose {
	var all []prose
	for i, line := range lines {
		found := comment.FindStringSubmatch(line)
		if found == nil || directive.MatchString(found[1]) || strings.TrimSpace(found[1]) == "" {
			continue
		}
		all = append(all, prose{path, i + 1, strings.TrimSpace(found[1])})
	}
	return all
}

var sentenceEnd = regexp.MustCompile(`[.;:?!]\s`)

// longOnes returns the sentences that have more than 30 words and are not in a table. A sentence
// may go over lines that follow each other.
func longOnes(all []prose) []prose {
	var long []prose
	for i := 0; i < len(all); {
		first, text := all[i], ""
		for n := 0; i < len(all) && all[i].path == first.path && all[i].line == first.line+n; n++ {
			text += " " + all[i].text
			i++
		}
		for _, sentence := range sentenceEnd.Split(text, -1) {
			if len(strings.Fields(sentence)) > 30 && !strings.Contains(sentence, "|") {
				long = append(long, prose{first.path, first.line, strings.TrimSpace(sentence)})
			}
		}
	}
	return long
}
