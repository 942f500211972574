// Package criteria gives names and directions to the criteria of validation scores. The stats files
// only number them: the names come from the user, from DaCapo's own sets, or from DaCapo's
// configuration of a run.
package criteria
