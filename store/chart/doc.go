// Package chart draws series of numbers: as braille on a terminal, and as SVG,
// PNG or PDF. [Smooth] makes a series of a column of statistics.
//
// A [Chart] says what is drawn, not how: [WriteText] and [WritePicture] draw the
// same one. What no line can show is not left out but marked: NaN, infinite
// values, and values that are not positive on a logarithmic axis. Series differ
// in colour, from a palette for the colour-blind, and in the pattern of the line.
//
// Names and labels are drawn as they are; who has names from elsewhere escapes
// them. The package depends on no other of the module but store/column.
package chart
