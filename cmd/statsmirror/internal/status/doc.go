// Package status holds the figures of a service for whoever asks: the status file, which the
// service replaces every few seconds, and the verdict on it. It trusts no file: a status may be
// torn, old, or of another version.
package status
