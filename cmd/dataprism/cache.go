package main

import (
	"fmt"
	"io"
	"time"

	"github.com/dataprism/dataprism/collection"
	"github.com/spf13/cobra"
)

// longUnused is how long a file of the cache lies before it is named as old.
const longUnused = 30 * 24 * time.Hour

// cacheReport is what the command says, and what --json prints.
type cacheReport struct {
	Folder  string                 `json:"folder"`
	Files   []collection.CacheFile `json:"files"`
	Cleared bool                   `json:"cleared"` // whether the files were removed
	Freed   int64                  `json:"freed"`   // bytes
}

func newCache() *cobra.Command {
	var dir string
	var clearing, asJSON bool
	var older time.Duration
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show the prepared images that are kept from one start to the next, or remove them",
		Long: `Show the prepared images that are kept from one start to the next, or remove them.

Each collection has a file for every size and frame that it was read at, and one with its names and labels. They may be
removed at any time: what is needed again is made again.`,
		Example: "  dataprism cache\n  dataprism cache --clear --older 720h",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if older < 0 {
				return usage("--older must not be negative")
			}
			if dir == "" {
				dir = collection.CacheDir()
			}
			return cache(cmd.OutOrStdout(), dir, older, clearing, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&clearing, "clear", false, "remove the files")
	flags.DurationVar(&older, "older", 0, "only files that were not used for this time, such as 720h")
	cacheVar(cmd, &dir)
	flags.BoolVar(&asJSON, "json", false, "print the files as JSON")
	return cmd
}

func cache(out io.Writer, dir string, older time.Duration, clearing, asJSON bool) error {
	all, err := collection.ListCache(dir)
	if err != nil {
		return err
	}
	r := cacheReport{Folder: dir, Files: []collection.CacheFile{}, Cleared: clearing}
	for _, f := range all {
		if time.Since(f.Used) >= older {
			r.Files = append(r.Files, f)
		}
	}
	if clearing {
		if r.Freed, err = collection.ClearCache(r.Files); err != nil {
			return fmt.Errorf("the cache could not be cleared as a whole: %w", err)
		}
	}
	if asJSON {
		return printJSON(out, r)
	}
	r.write(out)
	return nil
}

func (r cacheReport) write(out io.Writer) {
	total, old, oldFiles := int64(0), int64(0), 0
	for _, f := range r.Files {
		total += f.Bytes
		if time.Since(f.Used) >= longUnused {
			old += f.Bytes
			oldFiles++
		}
	}
	if r.Cleared {
		fmt.Fprintf(out, "removed %d files from %s: %s\n", len(r.Files), printable(r.Folder), megabytes(r.Freed))
		return
	}
	fmt.Fprintf(out, "%s: %d files, %s\n", printable(r.Folder), len(r.Files), megabytes(total))
	if len(r.Files) > 0 {
		fmt.Fprintf(out, "%-10s  %10s  %s\n", "last used", "size", "what")
	}
	for _, f := range r.Files {
		fmt.Fprintf(out, "%-10s  %10s  %s\n", f.Used.Format(time.DateOnly), megabytes(f.Bytes), printable(described(f)))
	}
	if oldFiles > 0 {
		fmt.Fprintf(out, "%d files, %s, were not used for 30 days: dataprism cache --clear --older 720h removes them\n", oldFiles, megabytes(old))
	}
}

// described says what a file of the cache holds.
func described(f collection.CacheFile) string {
	switch {
	case f.Unfinished:
		return "unfinished: it is being written, or was left by a process that was killed"
	case f.Path == "":
		return "of another version of the program, or damaged"
	case f.Size == 0:
		return fmt.Sprintf("names and labels of %d images of %s", f.Images, f.Path)
	}
	what := fmt.Sprintf("%d images of %s at %d pixels", f.Images, f.Path, f.Size)
	if f.Channels == 1 {
		what += ", grey"
	}
	if f.Frame != nil {
		what += fmt.Sprintf(", framed to %.0f%%", 100*f.Frame.Side)
	}
	return what
}

func megabytes(n int64) string {
	if n >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
