package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a YAML file. The parser's time and memory grow with the square of some of them, and a
// dacapo.yaml may come from anybody.
const (
	yamlBytes = 1 << 20
	yamlLine  = 16 << 10 // bytes
	yamlBlank = 100      // consecutive blank lines
	yamlSigns = 20_000   // lines, and characters that may have a meaning
	yamlDepth = 64
)

// readYAML returns the text of a YAML file. It bounds the text in every respect that the parser
// does not: one document, without anchors and aliases.
func readYAML(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // so that a pipe does not wait for its writer
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("is a directory; name the file in it")
	case !info.Mode().IsRegular():
		return nil, errors.New("is a pipe or a device; write its content into a file, and name that")
	}
	text, err := io.ReadAll(io.LimitReader(f, yamlBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > yamlBytes {
		return nil, fmt.Errorf("is longer than %d bytes; it cannot be a configuration", yamlBytes)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	return text, checkYAML(text)
}

// checkYAML reports the first bound that a text exceeds.
func checkYAML(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("is not UTF-8; save it as that")
	}
	if countSigns(text) > yamlSigns {
		return fmt.Errorf("has more than %d lines, brackets, colons and the like; it cannot be a configuration", yamlSigns)
	}
	blank := 0
	for i, line := range bytes.Split(text, []byte("\n")) {
		if len(line) > yamlLine {
			return fmt.Errorf("[%d:%d] the line has %d bytes; the most are %d", i+1, yamlLine, len(line), yamlLine)
		}
		if blank++; len(bytes.TrimSpace(line)) > 0 {
			blank = 0
		}
		if blank > yamlBlank {
			return fmt.Errorf("[%d:1] there are more than %d blank lines before this one; remove some", i+1, yamlBlank)
		}
	}
	var s scanner.Scanner
	s.Init(string(text))
	var shape yamlShape
	for {
		tokens, err := s.Scan()
		for _, t := range tokens {
			if wrong := shape.add(t); wrong != "" {
				return fmt.Errorf("[%d:%d] %s", t.Position.Line, t.Position.Column, wrong)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if invalid, ok := errors.AsType[*scanner.InvalidTokenError](err); ok {
			return fmt.Errorf("[%d:%d] %w", invalid.Token.Position.Line, invalid.Token.Position.Column, err)
		}
		if err != nil {
			return err
		}
	}
}

// countSigns returns how many bytes may begin their own token.
func countSigns(text []byte) int {
	n := 0
	for _, b := range text {
		if strings.IndexByte("\n\t\"#%&'*,-:<>?@[]{}|!", b) >= 0 {
			n++
		}
	}
	return n
}

// yamlShape is the state of a document after some of its tokens.
type yamlShape struct {
	flow    int   // number of open [ and {
	columns []int // of the open blocks, ascending
	before  *token.Token
	begun   bool // the document has content or a header
	ended   bool

	directive int // the line of the last directive, such as %YAML
}

// add takes the next token. It returns an explanation if the token is not allowed there, else "".
func (s *yamlShape) add(t *token.Token) (wrong string) {
	defer func() { s.before = t }()
	switch t.Type {
	case token.AliasType, token.AnchorType:
		return "anchors and aliases, & and *, are not read here; write the value itself, in quotes if it begins so"
	case token.DocumentHeaderType:
		if s.begun {
			return "a second document begins here; leave one in the file"
		}
		s.begun = true
		return ""
	case token.DocumentEndType:
		s.ended = true
		return ""
	case token.DirectiveType:
		s.directive = t.Position.Line
		return ""
	case token.CommentType:
		return ""
	}
	if s.ended {
		return "a second document begins here; leave one in the file"
	}
	s.begun = s.begun || t.Position.Line != s.directive
	if s.nest(t); s.flow+len(s.columns) > yamlDepth {
		return fmt.Sprintf("it is nested more than %d deep; it cannot be a configuration", yamlDepth)
	}
	return ""
}

// nest counts the collections that are open at a token.
func (s *yamlShape) nest(t *token.Token) {
	at := t.Position.Column
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		s.flow++
		return
	case token.MappingEndType, token.SequenceEndType:
		s.flow = max(0, s.flow-1)
		return
	case token.MappingValueType:
		if s.before != nil && s.before.Position.Line == t.Position.Line { // its key
			at = s.before.Position.Column
		}
	case token.SequenceEntryType, token.MappingKeyType:
	default:
		return
	}
	if s.flow > 0 {
		return
	}
	open := len(s.columns)
	for open > 0 && s.columns[open-1] > at {
		open--
	}
	if s.columns = s.columns[:open]; open == 0 || s.columns[open-1] < at {
		s.columns = append(s.columns, at)
	}
}
