package criteria

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// task is what DaCapo's configuration of a run tells about its task.
type task struct {
	kind     string // class of the configuration
	channels []string
}

// evaluators are DaCapo's sets by the class of the task's configuration, from the evaluator in the
// task's source (dacapo/experiments/tasks/*_task.py at the commit of sets).
var evaluators = map[string]string{
	"DistanceTaskConfig":      "binary",
	"HotDistanceTaskConfig":   "binary",
	"InnerDistanceTaskConfig": "binary",
	"AffinitiesTaskConfig":    "instance",
	"DummyTaskConfig":         "dummy",
	"OneHotTaskConfig":        "dummy",
}

// criteria returns the lists that the scores of the task may have. The evaluator of binary
// segmentation scores each channel if the output has several.
func (t task) criteria() []List {
	set := evaluators[t.kind]
	if set == "" {
		return nil
	}
	all := []List{sets[set]}
	if len(t.channels) > 0 {
		each, err := Parse(strings.Join(t.channels, "__"+set+",") + "__" + set)
		if err == nil {
			all = append(all, each)
		}
	}
	return all
}

// taskBytes is the highest length of a configuration that is read.
const taskBytes = 1 << 20

// readTask reads the task of a run from DaCapo's directory configs. A configuration that is missing,
// that cannot be read, or that has another form gives the zero task.
func readTask(configs, run string) task {
	text, err := readRunConfig(configs, run)
	if err != nil {
		return task{}
	}
	config := block{lines: strings.Split(text, "\n")}.below("task_config")
	if config.value("__type__") == "PretrainedTaskConfig" {
		config = config.below("sub_task_config")
	}
	return task{config.value("__type__"), config.list("channels")}
}

// readRunConfig reads a file in a directory. A link that leaves the directory is not followed.
func readRunConfig(configs, run string) (string, error) {
	if run == "" || strings.ContainsRune(run, '/') {
		return "", fs.ErrInvalid
	}
	root, err := os.OpenRoot(configs + "/.") // so that a pipe in its place does not wait either
	if err != nil {
		return "", err
	}
	defer root.Close()
	f, err := root.OpenFile("runs/"+run+".yaml", os.O_RDONLY|syscall.O_NONBLOCK, 0) // so that a pipe does not wait for its writer
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a regular file")
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, taskBytes+1))
	if len(text) > taskBytes {
		return "", fmt.Errorf("is longer than %d bytes", taskBytes)
	}
	return string(text), err
}

// block is a mapping in the block style of YAML, as PyYAML's dump writes it: two spaces for each
// level, but none for a list. That is all of YAML that DaCapo writes for the keys needed here. So a
// tag or an alias, which could stand for anything, is text like any other.
type block struct {
	lines  []string
	indent int
}

// find returns the text after a key, and the lines that belong to it.
func (b block) find(key string) (text string, below []string) {
	margin := strings.Repeat(" ", b.indent)
	for i, line := range b.lines {
		rest, ok := strings.CutPrefix(line, margin+key+":")
		if !ok || rest != "" && rest[0] != ' ' {
			continue
		}
		end := i + 1
		for end < len(b.lines) && (strings.HasPrefix(b.lines[end], margin+" ") || strings.HasPrefix(b.lines[end], margin+"- ")) {
			end++
		}
		return strings.TrimSpace(rest), b.lines[i+1 : end]
	}
	return "", nil
}

func (b block) below(key string) block {
	_, lines := b.find(key)
	return block{lines, b.indent + 2}
}

func (b block) value(key string) string {
	text, _ := b.find(key)
	return unquote(text)
}

func (b block) list(key string) []string {
	_, lines := b.find(key)
	var all []string
	for _, line := range lines {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			all = append(all, unquote(text))
		}
	}
	return all
}

// unquote removes the quotes of a word.
func unquote(text string) string {
	for _, quote := range []string{"'", `"`} {
		if inner, ok := strings.CutPrefix(text, quote); ok {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return text
}
