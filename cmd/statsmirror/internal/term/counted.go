package term

import "fmt"

// Counted returns a number of things in words: "1 run", "2 runs".
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
