package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:generate go test . -run TestReferenceOfCommandsIsCurrent -update

var update = flag.Bool("update", false, "write docs/cli.md")

const referenceHead = `# Commands

This page is made of the program's own help: ` + "`go generate ./cmd/dataprism`" + ` writes it.

Results go to stdout, everything else (progress, notes, errors) to stderr. With ` + "`--json`" + `, stdout holds one JSON value and
nothing else. An error is one line that begins with ` + "`dataprism: `" + `. Files are written whole or not at all.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed; also: some of the images given were left out, which stderr names |
| 2 | wrong usage: nothing was done |
| 3 | a limit given by ` + "`--fail-on`" + ` was crossed |
| 130 | stopped by Ctrl-C or SIGTERM; a second Ctrl-C ends the program at once |

| environment variable | meaning |
| --- | --- |
| ` + "`GOMLX_SIMD`" + ` | level of the simd engine (see [its page](../backend/simd/ARCHITECTURE.md)); the best of the processor where it is not set |
`

// reference is docs/cli.md.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, cmd := range root.Commands() {
		if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		describeCommand(&b, cmd)
	}
	return b.String()
}

func describeCommand(b *strings.Builder, cmd *cobra.Command) {
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	fmt.Fprintf(b, "\n## %s\n\n```\n%s\n```\n\n%s\n", cmd.CommandPath(), cmd.UseLine(), long)
	if cmd.Example != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(cmd.Example, "  "), "\n  ", "\n"))
	}
	b.WriteString("\n| flag | what it does |\n| --- | --- |\n")
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		kind, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind != "" {
			name += " " + kind
		}
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" && d != "0s" && !strings.Contains(text, "default") {
			text += " (default " + d + ")"
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", name, strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text))
	})
	for _, sub := range cmd.Commands() {
		describeCommand(b, sub)
	}
}

func TestReferenceOfCommandsIsCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "cli.md")
	want := []byte(reference(newRoot()))
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/cli.md is not what the commands say of themselves: go generate ./cmd/dataprism")
	}
}

func TestEveryCommandAndFlagIsDescribed(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s is described as %q", cmd.Name(), cmd.Short)
		}
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" || strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s is described as %q", cmd.Name(), f.Name, f.Usage)
			}
		})
	}
}

func TestVersionSaysWhatWasBuilt(t *testing.T) {
	dir := t.TempDir()
	if stdout, _ := must(t, dir, "version"); !strings.HasPrefix(stdout, "dataprism ") || !strings.Contains(stdout, "go1.") {
		t.Errorf("it says %q", stdout)
	}
	stdout, _ := must(t, dir, "version", "--json")
	for _, field := range []string{`"version":`, `"go":"go1.`, `"os":`, `"arch":`} {
		if !strings.Contains(stdout, field) {
			t.Errorf("%q lacks %s", stdout, field)
		}
	}
}
