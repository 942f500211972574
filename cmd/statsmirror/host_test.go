package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/systemd"
)

const (
	// testConfigFile is the program's default configuration in a test, below the test's working
	// directory.
	testConfigFile = "etc/statsmirror.yaml"

	// testRoot is where status looks for units in a test, below its working directory.
	testRoot = "host"

	noHome = "/dev/null/home" // nobody can create it
)

// leaveHostAlone hides everything that belongs to the host or its user from the tests, and from the
// programs that they start. The Go command and Python keep their caches.
func leaveHostAlone() {
	config.DefaultFile, systemd.Root = testConfigFile, testRoot
	if filepath.Base(os.Args[0]) == "statsmirror" {
		return // a test chose the environment of this process
	}
	home := os.Getenv("HOME")
	for name, value := range map[string]string{
		"GOCACHE": home + "/.cache/go-build", "GOPATH": home + "/go", "PYTHONUSERBASE": home + "/.local",
	} {
		setenv(name, cmp.Or(os.Getenv(name), value))
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if belongsToHost(name) {
			setenv(name, "")
		}
	}
	setenv("HOME", noHome)
}

// belongsToHost reports whether an environment variable leads the program to files or to a service
// manager of the host.
func belongsToHost(name string) bool {
	switch name {
	case "CREDENTIALS_DIRECTORY", "DACAPO_OPTIONS_FILE", "INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET",
		"RUNTIME_DIRECTORY", "STATE_DIRECTORY", "WATCHDOG_PID", "WATCHDOG_USEC":
		return true
	}
	return strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "AWS_")
}

func setenv(name, value string) {
	var err error
	if value == "" {
		err = os.Unsetenv(name)
	} else {
		err = os.Setenv(name, value)
	}
	if err != nil {
		panic(err)
	}
}

func TestNoTestFindsFilesOfTheHost(t *testing.T) {
	t.Parallel()
	if config.DefaultFile != testConfigFile {
		t.Errorf("the default configuration is %s", config.DefaultFile)
	}
	if systemd.Root != testRoot {
		t.Errorf("units are looked for in %s", systemd.Root)
	}
	if home, err := os.UserHomeDir(); err != nil || home != noHome {
		t.Errorf("the home directory is %s, %v", home, err)
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); belongsToHost(name) {
			t.Errorf("%s is set", name)
		}
	}
}

func TestDefaultConfigurationIsReadIfNoPlaceIsGiven(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	if output, err := commandIn(t, dir, "ls").CombinedOutput(); err == nil || !strings.Contains(string(output), "choose what to read") {
		t.Errorf("without a configuration: %v\n%s", err, output)
	}
	file := filepath.Join(dir, testConfigFile)
	if err := os.Mkdir(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, file, "stats: "+dir+"/stats\nstate: "+dir+"/state\n")
	if output, err := commandIn(t, dir, "ls").CombinedOutput(); err != nil || !strings.Contains(string(output), "cells-unet-16") {
		t.Errorf("with one: %v\n%s", err, output)
	}
}
