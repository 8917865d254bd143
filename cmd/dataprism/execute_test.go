package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/train"
	"github.com/spf13/cobra"
)

// executed runs a command that ends with an error, or a panic, and returns its exit code and what it says.
func executed(run func() error) (code int, said string) {
	var stderr bytes.Buffer
	cmd := &cobra.Command{Use: "test", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error { return run() }}
	cmd.SetErr(&stderr)
	return execute(context.Background(), cmd, nil), stderr.String()
}

func TestExitCodesSayHowACommandEnded(t *testing.T) {
	for name, test := range map[string]struct {
		run  func() error
		code int
		says string
	}{
		"done":         {func() error { return nil }, 0, ""},
		"failed":       {func() error { return fmt.Errorf("broken") }, 1, "dataprism: broken\n"},
		"usage":        {func() error { return fmt.Errorf("here: %w", usage("wrong flag")) }, 2, "wrong flag"},
		"stopped":      {func() error { return fmt.Errorf("reading: %w", context.Canceled) }, 130, "stopped"},
		"training":     {func() error { return train.ErrStopped }, 130, "--resume"},
		"panic":        {func() error { var list []int; _ = list[len(list)]; return nil }, 1, "execute_test.go"},
		"panic, error": {func() error { panic(fmt.Errorf("of a graph")) }, 1, "of a graph"},
	} {
		code, said := executed(test.run)
		if code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%s: exit code %d, want %d, and %q", name, code, test.code, said)
		}
		if strings.Contains(said, "goroutine") || strings.Count(said, "\n") > 1 {
			t.Errorf("%s: it says %q", name, said)
		}
	}
}

func TestWhatIsPrintedCannotSteerTheTerminal(t *testing.T) {
	if _, said := executed(func() error { return fmt.Errorf("image \"a\x1b[2J\u202eb\r\nc\tGemälde 猫\"") }); said != "dataprism: image \"a\ufffd[2J\ufffdb; c\ufffdGemälde 猫\"\n" {
		t.Errorf("it says %q", said)
	}
	var out bytes.Buffer
	p := newProgress(&out)
	p.note("skipped %s", "\x1b]0;title\x07.png")
	p.show("reading \x9b31m")
	if strings.ContainsAny(out.String(), "\x1b\x07\u009b") {
		t.Errorf("progress prints %q", out.String())
	}
}

func TestProjectionsOfImagesWithOneNameGetFilesOfTheirOwn(t *testing.T) {
	images := []string{"a/1.jpg", "b/1.jpg", "1.png", "1-2.jpg", "A/x.png", "b/X.png", "x-as-oil.png", "x.y.png"}
	seen := map[string]bool{}
	var named names
	for _, image := range images {
		files := named.of(image, []string{"oil", "photo"})
		if len(files) != 2 {
			t.Fatalf("%s has the files %v", image, files)
		}
		for _, file := range files {
			if key := strings.ToLower(file); seen[key] {
				t.Errorf("%s of %s is another's, too", file, image)
			} else {
				seen[key] = true
			}
		}
	}
	if !seen["1-as-oil.png"] || !seen["1-2-as-oil.png"] || !seen["x.y-as-photo.png"] {
		t.Errorf("the names are %v", seen)
	}
}
