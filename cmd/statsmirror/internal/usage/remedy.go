package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Remedy says what to do about an error of a place.
func Remedy(err error) string {
	switch {
	case errors.Is(err, unix.EROFS):
		return "; mount it for writing, or, where systemd's sandbox is the reason, add ReadWritePaths= with \"systemctl edit statsmirror\""
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("; give the user that runs statsmirror (here uid %d) access, for example through its group", os.Geteuid())
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return "; make room there"
	case errors.Is(err, unix.EIO):
		return "; check the disk or the mount"
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return "; raise the limit of open files"
	}
	return ""
}

// WithRemedy adds the remedy to an error that lacks it.
func WithRemedy(err error) error {
	if say := Remedy(err); say != "" && !strings.Contains(err.Error(), say) {
		return fmt.Errorf("%w%s", err, say)
	}
	return err
}
