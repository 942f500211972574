// Package term prints for a person at a terminal: tables that fit the screen, a pager, a
// progress bar, a page to draw on, and names that come from files.
//
// Names may hold anything. Printable, OneLine, Paragraph and SafeJSON escape what would move
// the cursor, end a line or change the terminal. Widths count columns of the terminal: a
// Chinese character takes two.
package term
