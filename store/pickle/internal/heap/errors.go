package heap

import (
	"errors"
	"fmt"
)

// ErrForgotten is the error of using a forgotten object. If the pickle is read again with a
// [Sharing], the object may exist.
var ErrForgotten = Unsupported("refers to an object of an earlier batch of rows, which is too large to be kept")

var errUnknownRef = errors.New("refers to an object that does not exist")

// An unsupportedError refuses a pickle that Python may read. It matches [errors.ErrUnsupported].
type unsupportedError struct{ reason string }

func (e *unsupportedError) Error() string { return "unsupported: " + e.reason }

func (e *unsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

// Unsupported returns the error for a pickle that Python may read and this program does not. It
// matches [errors.ErrUnsupported].
func Unsupported(format string, args ...any) error {
	return &unsupportedError{fmt.Sprintf(format, args...)}
}

// LimitError returns the error for a pickle with more of something than the limit. It matches
// [errors.ErrUnsupported].
func LimitError(what string, limit int) error {
	return Unsupported("more than %d %s", limit, what)
}

// KindError returns the error for v in a place that wants something else. It matches
// [errors.ErrUnsupported].
func KindError(v Value, want string) error {
	return Unsupported("%s where %s should be", v.Kind, want)
}
