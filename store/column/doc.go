// Package column holds columns of doubles as stats files need them: nullable, and nested three
// lists deep. It knows neither pickles nor statistics.
package column
