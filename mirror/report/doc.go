// Package report writes a page about runs: one HTML file that contains its script and style, and
// forbids itself all requests.
//
// A [Page] is the content of the page; [Write] writes it. Text in it is always shown as text.
// [LossOf] and [ScoresOf] reduce a run's rows to the size of a screen: some hundred points, numbers
// of four digits.
package report
