// Command dataprism shows what image collections share and where they differ: it trains an autoencoder and a
// conditional flow on them, and shows every image as each collection would.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dataprism/dataprism/collection"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitLimit  = 3 // a limit of --fail-on was crossed
)

// usageError is a command line that cannot be meant.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case isUsage(err):
		fmt.Fprintf(stderr, "dataprism: %s\n", oneLine(err))
		return exitUsage
	case errors.As(err, &limitError{}):
		fmt.Fprintf(stderr, "dataprism: %s\n", oneLine(err))
		return exitLimit
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "dataprism: stopped")
	default:
		fmt.Fprintf(stderr, "dataprism: %s\n", oneLine(err))
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "dataprism",
		Short:         "Show what image collections share and where they differ",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w (%s --help lists the flags)", err, cmd.CommandPath())
	})
	root.AddCommand(newInspect(), newTrain(), newProject(), newSample(), newEncode(), newDemo(), newImport(), newExport())
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("unknown command or argument %q (%s --help lists what there is)", args[0], cmd.CommandPath())
	}
	return nil
}

// isUsage says whether the command line, not the work, was at fault.
func isUsage(err error) bool {
	var wrong usageError
	var spec *collection.SpecError
	var twice *collection.DuplicateNameError
	var size *collection.SizeError
	var option *collection.OptionError
	return errors.As(err, &wrong) || errors.As(err, &spec) || errors.As(err, &twice) || errors.As(err, &size) || errors.As(err, &option)
}

// oneLine is the error's message on one line, as the terminal and scripts expect it.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
