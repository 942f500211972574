// Package chart draws series of numbers: as braille on a terminal, and as SVG, PNG or PDF. [Smooth]
// makes a series from a column of statistics.
//
// A [Chart] says what to draw, not how: [WriteText] and [WritePicture] draw the same one. Values
// that a line cannot show are marked: NaN, infinities, and values that are not positive on a
// logarithmic axis. Series differ in colour, from a palette for the colour-blind, and in the
// pattern of the line.
//
// Names and labels are drawn as they are. The caller must escape names from untrusted sources. Of
// this module, the package depends only on store/column.
package chart
