// Package manual makes the pages of the manual that explain the program's tables: the keys
// of its configuration and the events of its log. The same text becomes a manual page and
// a Markdown document.
package manual
