// Package report makes a page of runs, one HTML file that needs nothing else: its
// script and its style are in it, and it forbids itself to ask for anything.
//
// A [Page] is what the page shows, and [Write] writes it. What is in it as text is
// shown as text, whatever it is. [LossOf] and [ScoresOf] make of a run's rows what a
// screen can show: some hundred points, numbers of four digits.
package report
