package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/usage"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flags are the flags of every command.
type flags struct{ config.Flags }

func (f *flags) register(set *pflag.FlagSet) {
	set.StringVar(&f.File, "config", "", "configuration `file` (default "+config.DefaultFile+", if it exists and no directory is given)")
	set.StringVar(&f.Stats, "stats", "", "stats tree: the `directory` with training_stats and validation_scores")
	set.StringVar(&f.DaCapo, "dacapo-config", "", "take the stats tree from DaCapo's configuration `FILE.yaml`; without a file, from the one that DaCapo reads: $DACAPO_OPTIONS_FILE, ./dacapo.yaml or ~/.config/dacapo/dacapo.yaml; if none exists, ~/dacapo/stats")
	set.Lookup("dacapo-config").NoOptDefVal = config.DaCapoAuto
	set.StringVar(&f.State, "state", "", "state `directory` with the catalog (default $STATE_DIRECTORY, else that of the unit whose configuration is read, else one per stats tree under $XDG_STATE_HOME; if that is missing, commands that read use the one of the service with the same stats tree)")
	set.StringArrayVar(&f.Backups, "backup", nil, "backup `URL`: a path, file://path, s3://bucket/prefix or sftp://user@host/path; {host} stands for the host's name; ?interval=5m copies a run at most once in it (default 1m for s3://); repeatable")
	set.StringVar(&f.LogLevel, "log-level", "", "lowest `level` to log: debug, info, warn, error (default info)")
	set.StringVar(&f.LogFormat, "log-format", "", "`format` of the log: auto, journal, console, json (default auto: the journal under systemd, console on a terminal, else json)")
}

// complete tells shells how to complete the flags.
func (f *flags) complete(root *cobra.Command) {
	completeFlag(root, "log-level", config.SettingOf("log_level").Choices...)
	completeFlag(root, "log-format", config.SettingOf("log_format").Choices...)
	mustComplete(root, "stats", completeDirectory)
	mustComplete(root, "state", completeDirectory)
}

func completeDirectory(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeFlag completes a flag that takes one of several values.
func completeFlag(cmd *cobra.Command, name string, values ...string) {
	mustComplete(cmd, name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func mustComplete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the command lacks the flag
	}
}

// joinDaCapoConfig joins the flag --dacapo-config and the file after it. Because the flag can also
// stand alone, the next word counts as its file only if it is named like one.
func joinDaCapoConfig(args []string) []string {
	var joined []string
	for i, arg := range args {
		last := len(joined) - 1
		switch {
		case arg == "--":
			return append(joined, args[i:]...)
		case last >= 0 && joined[last] == "--dacapo-config" && isYAML(arg):
			joined[last] += "=" + arg
		default:
			joined = append(joined, arg)
		}
	}
	return joined
}

func isYAML(name string) bool {
	extension := filepath.Ext(name)
	return extension == ".yaml" || extension == ".yml"
}

// flagError explains an error of a flag of a command.
func flagError(cmd *cobra.Command, err error) error {
	meant := ""
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && errors.Is(err, strconv.ErrSyntax) && invalid.GetFlag().Value.Type() != "bool" {
		err = fmt.Errorf("--%s is %q; it must be a number", invalid.GetFlag().Name, invalid.GetValue())
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		slices.Sort(known)
		meant = usage.Nearest(unknown.GetSpecifiedName(), known)
		meant = strings.NewReplacer("mean ", "mean --", " or ", " or --").Replace(meant)
	}
	return usage.Errorf("%w%s; see \"%s --help\"", err, strings.TrimSuffix(meant, "?"), cmd.CommandPath())
}
