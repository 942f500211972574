package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flags are the flags that every command has. What is set here wins over the
// configuration file.
type flags struct {
	config    string
	stats     string
	dacapo    string // file, or dacapoAuto
	state     string
	backups   []string
	logLevel  string
	logFormat string

	keepGenerations uint32   // no more than an int holds; only prune has it
	keepFor         duration // likewise
}

func (f *flags) register(set *pflag.FlagSet) {
	set.StringVar(&f.config, "config", "", "configuration `file` (default "+defaultConfigFile+", where it exists and no directory is given)")
	set.StringVar(&f.stats, "stats", "", "stats tree: the `directory` with training_stats and validation_scores")
	set.StringVar(&f.dacapo, "dacapo-config", "", "take the stats tree from DaCapo's configuration `FILE.yaml`; without one, from that which DaCapo reads: $DACAPO_OPTIONS_FILE, ./dacapo.yaml or ~/.config/dacapo/dacapo.yaml; without any, ~/dacapo/stats")
	set.Lookup("dacapo-config").NoOptDefVal = dacapoAuto
	set.StringVar(&f.state, "state", "", "state `directory` with the catalog (default $STATE_DIRECTORY, else that of the unit whose configuration is read, else one a stats tree under $XDG_STATE_HOME)")
	set.StringArrayVar(&f.backups, "backup", nil, "backup `URL`: a path, file://path or s3://bucket/prefix; {host} stands for the host's name; repeatable")
	set.StringVar(&f.logLevel, "log-level", "", "least `level` to log: debug, info, warn, error (default info)")
	set.StringVar(&f.logFormat, "log-format", "", "`format` of the log: auto, journal, console, json (default auto: the journal under systemd, console on a terminal, else json)")
}

// complete says how shells complete the flags.
func (f *flags) complete(root *cobra.Command) {
	completeFlag(root, "log-level", settingOf("log_level").choices...)
	completeFlag(root, "log-format", settingOf("log_format").choices...)
	mustComplete(root, "stats", completeDirectory)
	mustComplete(root, "state", completeDirectory)
}

func completeDirectory(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeFlag completes a flag that takes one of some values.
func completeFlag(cmd *cobra.Command, name string, values ...string) {
	mustComplete(cmd, name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func mustComplete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the command lacks the flag
	}
}

// place returns the flags, as given, that say where data is.
func (f *flags) place() []string {
	var given []string
	for _, flag := range []struct{ name, value string }{{"--config", f.config}, {"--dacapo-config", f.dacapo}, {"--stats", f.stats}, {"--state", f.state}} {
		switch {
		case flag.value == "":
		case flag.name == "--dacapo-config":
			given = append(given, flag.name+"="+flag.value)
		default:
			given = append(given, flag.name, flag.value)
		}
	}
	return given
}

// placed reports whether any flag says where data is.
func (f *flags) placed() bool {
	return f.stats != "" || f.dacapo != "" || f.state != "" || len(f.backups) > 0
}
