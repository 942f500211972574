package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
)

var (
	//go:embed page.html
	frame string
	//go:embed page.css
	style string
	//go:embed chart.js
	chartScript string
	//go:embed run.js
	runScript string
	//go:embed page.js
	pageScript string
)

// policy allows the page its own style and script, and no request.
const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '%s'; script-src '%s'"

// Write writes a page as HTML in UTF-8.
func Write(w io.Writer, p Page) error {
	data, err := json.Marshal(p) // json.Marshal escapes <, > and &, so no data can end the element
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	script := `"use strict";` + "\n" + chartScript + runScript + pageScript
	before, after, _ := strings.Cut(frame, "{{data}}")
	fill := strings.NewReplacer(
		"{{title}}", html.EscapeString(p.Title),
		"{{policy}}", fmt.Sprintf(policy, hashOf(style), hashOf(script)),
		"{{style}}", style,
		"{{script}}", script,
	)
	for _, part := range []string{fill.Replace(before), string(data), fill.Replace(after)} {
		if _, err := io.WriteString(w, part); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// hashOf returns the hash by which a policy names the text of an element.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
