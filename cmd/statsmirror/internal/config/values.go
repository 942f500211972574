package config

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"statsmirror/cmd/statsmirror/internal/criteria"
)

// Duration is a time.Duration that may also be in days. Its errors say where they are.
type Duration time.Duration

// UnmarshalYAML reads a duration in the form of Set.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	if err := d.Set(node.GetToken().Value); err != nil {
		at := node.GetToken().Position
		return fmt.Errorf("[%d:%d] %w", at.Line, at.Column, err)
	}
	return nil
}

// Set reads a duration in the form of time.ParseDuration, or days, "90d".
func (d *Duration) Set(text string) error {
	parsed, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16) // enough for a century
		parsed = time.Duration(n) * 24 * time.Hour
	}
	if err != nil {
		return fmt.Errorf("%q is not a duration; write it like 100ms, 10s, 5m or 90d", text)
	}
	if parsed < 0 {
		return fmt.Errorf("%v is negative", parsed)
	}
	*d = Duration(parsed)
	return nil
}

func (d *Duration) String() string { return time.Duration(*d).String() }

// Type names the type in the help of a flag.
func (d *Duration) Type() string { return "duration" }

// Pattern is a pattern of names in the syntax of path.Match.
type Pattern string

// UnmarshalYAML reads a pattern.
func (p *Pattern) UnmarshalYAML(node ast.Node) error {
	text, at := node.GetToken().Value, node.GetToken().Position
	if _, err := path.Match(text, ""); err != nil {
		return fmt.Errorf("[%d:%d] %q is not a pattern; a [ ends with a ], and \\[ is the character itself", at.Line, at.Column, text)
	}
	*p = Pattern(text)
	return nil
}

// Criteria are names of criteria in the form of criteria.Parse.
type Criteria struct{ criteria.List }

// UnmarshalYAML reads one text, or a list of texts.
func (c *Criteria) UnmarshalYAML(node ast.Node) error {
	var texts []string
	if err := yaml.NodeToValue(node, &texts); err != nil {
		var text string
		if err := yaml.NodeToValue(node, &text); err != nil {
			at := node.GetToken().Position
			return fmt.Errorf("[%d:%d] write names with commas between them, without spaces: dice:max,voi:min", at.Line, at.Column)
		}
		texts = []string{text}
	}
	if err := c.Set(strings.Join(texts, ",")); err != nil {
		at := node.GetToken().Position
		return fmt.Errorf("[%d:%d] %w", at.Line, at.Column, err)
	}
	return nil
}

// Set reads the list in its text form. Spaces after commas are allowed.
func (c *Criteria) Set(text string) (err error) {
	c.List, err = criteria.Parse(strings.ReplaceAll(text, ", ", ","))
	return err
}

// Type names the type in the help of a flag.
func (c *Criteria) Type() string { return "criteria" }

// Count is a number that is not negative.
type Count int

// UnmarshalYAML reads a number.
func (c *Count) UnmarshalYAML(node ast.Node) error {
	text, at := node.GetToken().Value, node.GetToken().Position
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return fmt.Errorf("[%d:%d] %q is not a count; write it like 3", at.Line, at.Column, text)
	}
	*c = Count(n)
	return nil
}

// Path is a path or URL, in which ${NAME} stands for the value of an
// environment variable.
type Path string

// UnmarshalYAML expands environment variables. An unset variable is an error, because without its
// value the path would name another place.
func (p *Path) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text); err != nil {
		return err
	}
	var unset error
	*p = Path(variable.ReplaceAllStringFunc(text, func(reference string) string {
		name := reference[len("${") : len(reference)-len("}")]
		value, ok := os.LookupEnv(name)
		if !ok {
			at := node.GetToken().Position
			unset = fmt.Errorf("[%d:%d] the environment variable %s is not set", at.Line, at.Column, name)
		}
		return value
	}))
	return unset
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)
