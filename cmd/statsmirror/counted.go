package main

import "fmt"

// counted returns a number of things in words: "1 run", "2 runs".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
