// Package report writes a page about runs: one HTML file that contains its script and style, and
// forbids itself all requests. Only a page with Every asks the server that it came from whether a
// newer page exists, and loads it.
//
// A [Page] is the content of the page; [Write] writes it. Text in it is always shown as text.
// [LossOf] and [ScoresOf] reduce a run's rows to [Limits], so that a page of a thousand runs is
// usable at once. [Numbers] is how curves are written. The parts of the page are in the directory
// page. It draws charts as SVG itself, so that it can save the picture that the screen shows.
package report
