package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
)

//go:embed page
var parts embed.FS

// scripts are the parts of the page's script. A part comes after the parts that it uses while it
// loads.
var scripts = []string{
	"dom", "number", "scale", "curve", "filter", "fragment", "chart", "pointer", "spark", "save", "choice", "score", "legend", "compare", "files", "run", "table", "main",
}

// policy allows the page its own style and script, and no request. A page that is written again may
// also ask the server that it came from whether it has changed.
const (
	policy      = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '%s'; script-src '%s'"
	policyToAsk = policy + "; connect-src 'self'"
)

// Write writes a page as HTML in UTF-8.
func Write(w io.Writer, p Page) error {
	data, err := json.Marshal(p) // json.Marshal escapes <, > and &, so no data can end the element
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	style, script := part("page.css"), `"use strict";`+"\n"
	for _, name := range scripts {
		script += part(name + ".js")
	}
	allowed := policy
	if p.Every > 0 {
		script += part("renew.js")
		allowed = policyToAsk
	}
	before, after, _ := strings.Cut(part("page.html"), "{{data}}")
	fill := strings.NewReplacer(
		"{{title}}", html.EscapeString(p.Title),
		"{{policy}}", fmt.Sprintf(allowed, hashOf(style), hashOf(script)),
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

// part returns the text of a part of the page.
func part(name string) string {
	text, err := parts.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is in the program
	}
	return string(text)
}

// hashOf returns the hash by which a policy names the text of an element.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
