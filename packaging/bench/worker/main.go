// Command worker is measured by packaging/bench: it does a job as statsmirror does, or does the
// least that the job needs. It reads one command per line, with fields separated by tabs. It
// answers each with a line: the seconds taken and the bytes allocated. With the argument growth it
// draws the results.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// commands maps a name to its function, which gets the fields after the name.
var commands = map[string]func(args []string) error{
	"training":   decodeTraining,
	"validation": decodeValidation,
	"read":       read,
	"copies":     copies,
	"pass":       pass,
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "growth" {
		if err := drawGrowth(os.Stdin); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		args := strings.Split(lines.Text(), "\t")
		command := commands[args[0]]
		if command == nil {
			fmt.Fprintln(os.Stderr, "worker: unknown command:", args[0])
			os.Exit(2)
		}
		seconds, allocated, err := measure(command, args[1:])
		if err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		fmt.Println(seconds, allocated)
	}
}

func measure(command func([]string) error, args []string) (seconds float64, allocated uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	err = command(args)
	seconds = time.Since(began).Seconds()
	runtime.ReadMemStats(&after)
	return seconds, after.TotalAlloc - before.TotalAlloc, err
}
