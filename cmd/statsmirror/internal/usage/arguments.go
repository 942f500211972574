package usage

import "github.com/spf13/cobra"

// Arguments makes a wrong number of arguments a usage error.
func Arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return Errorf("%w; usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}
