// Command dataprism shows what image collections share and where they differ: it trains an autoencoder and a
// conditional flow on them, and shows every image as each collection would.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unicode"

	"github.com/dataprism/dataprism/train"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitLimit   = 3   // a limit of --fail-on was crossed
	exitStopped = 130 // what a shell gives for a program that Ctrl-C ended
)

// usageError is a command line that cannot be meant.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() { os.Exit(interruptible(newRoot(), os.Args[1:])) }

// interruptible runs one command line until it ends, or is asked to by a signal. A second signal ends the program at
// once.
func interruptible(root *cobra.Command, args []string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(asked)
	go func() {
		<-asked
		signal.Stop(asked) // before the program hears of the first signal, so that none after that is lost
		cancel()
	}()
	root.SetOut(os.Stdout)
	root.SetErr(os.Stderr)
	return execute(ctx, root, args)
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	err := recovered(func() error { return root.ExecuteContext(ctx) })
	if err == nil {
		return exitDone
	}
	var wrong usageError
	code, text := exitFailed, printable(err.Error())
	switch {
	case errors.As(err, &wrong):
		code = exitUsage
	case errors.As(err, &limitError{}):
		code = exitLimit
	case errors.Is(err, train.ErrStopped):
		code = exitStopped
	case errors.Is(err, context.Canceled):
		code, text = exitStopped, "stopped"
	}
	fmt.Fprintf(root.ErrOrStderr(), "dataprism: %s\n", text)
	return code
}

// recovered runs f and makes an error of a panic: a fault of the program, not of its input.
func recovered(f func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the program has a fault, at %s: %v: please report it with the command line and, if you can, what it was given", origin(), fault)
		}
	}()
	return f()
}

// origin is the place in the program's own code where the panic that is being recovered from began.
func origin() string {
	calls := make([]uintptr, 64)
	frames := runtime.CallersFrames(calls[:runtime.Callers(0, calls)])
	panicking := false
	for {
		frame, more := frames.Next()
		if panicking && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
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
	root.AddCommand(newInspect(), newTrain(), newAudit(), newSweep(), newTypical(), newDrift(), newWeigh(), newProject(), newSample(),
		newEncode(), newTrial(), newLoop(), newDemo(), newServe(), newImport(), newExport(), newCache(), newVersion())
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("unknown command or argument %q (%s --help lists what there is)", args[0], cmd.CommandPath())
	}
	return nil
}

// printable is text on one line that a terminal shows as it is: names of files may hold line breaks, controls, and
// marks that turn the direction of writing.
func printable(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(lines, "; "))
}
