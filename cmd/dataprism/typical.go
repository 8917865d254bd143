package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

func newTypical() *cobra.Command {
	var of, against, out, cache, backend string
	var maps, clusters, patch, columns int
	cmd := &cobra.Command{
		Use:   "typical RUN",
		Short: "Rank held-out images by how typical they are of their collection, and find the patches that make them so",
		Long: `Rank held-out images by how typical they are of their collection, and find the patches that make them so.

The rank is that of the log-odds log p(z|c) - log p(z|against) in nats. Of each collection RUN/audit gets
typical-COLLECTION.png, a sheet of the images at either end and of their patches, and typical-COLLECTION.csv. Its
column co_log_odds is the median of the log-odds of an image's projections into every collection, each against the others.`,
		Example: "  dataprism typical RUN --of oil --against photo",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism typical RUN")
			}
			if maps < 0 || clusters < 1 || patch < 0 || columns < 1 || columns > 40 {
				return usage("--patches, --clusters, --patch-size and --columns must not be negative, and at most 40 columns fit")
			}
			if out == "" {
				out = filepath.Join(args[0], run.AuditDir)
			}
			progress := newProgress(cmd.ErrOrStderr())
			defer progress.close()
			engine, err := openBackend(backend)
			if err != nil {
				return err
			}
			defer engine.Finalize()
			opened, err := (run.Examination{Dir: args[0], Cache: cache, Watch: progress.watch()}).Open(cmd.Context(), engine)
			if err != nil {
				return err
			}
			defer opened.Close()
			collections, rest, err := rankingOf(opened, of, against)
			if err != nil {
				return usageError{err}
			}
			if err := os.MkdirAll(out, 0o777); err != nil {
				return err
			}
			for _, c := range collections {
				t, err := opened.HeldOut.Typical(cmd.Context(), c, audit.TypicalSettings{
					Against: rest, Maps: maps, Clusters: clusters, Patches: audit.Patches{Size: patch},
					Rand: stream.New(opened.Config.Seed, stream.AuditPatches, c),
					Progress: func(done, total int) {
						progress.counted("mapping patches of "+opened.Prism.Collections[c], done, total)
					},
				})
				if err != nil {
					return err
				}
				progress.close()
				if err := writeTypical(cmd, out, opened, t, columns); err != nil {
					return err
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&of, "of", "", "collection to rank (default: each)")
	flags.StringVar(&against, "against", "rest", "what to compare with: rest (all other collections), any (the unconditional density), or a collection")
	flags.StringVarP(&out, "out", "o", "", "folder of what is written (default: RUN/audit)")
	flags.IntVar(&maps, "patches", 60, "images at either end whose patches are mapped, at most a third of all")
	flags.IntVar(&clusters, "clusters", 32, "clusters of patches")
	flags.IntVar(&patch, "patch-size", 0, "side of a patch in pixels (0: a quarter of the image's)")
	flags.IntVar(&columns, "columns", 12, "images in a row of the sheet")
	cacheVar(cmd, &cache)
	backendVar(cmd, &backend)
	return cmd
}

// rankingOf says which collections are ranked against which.
func rankingOf(o *run.Opened, of, against string) (collections, rest []int, err error) {
	collections = o.Prism.All()
	if of != "" {
		c, err := o.Prism.Collection(of)
		if err != nil {
			return nil, nil, err
		}
		collections = []int{c}
	}
	switch against {
	case "rest":
		return collections, nil, nil
	case "any":
		return collections, []int{o.Prism.Any()}, nil
	}
	c, err := o.Prism.Collection(against)
	if err != nil {
		return nil, nil, err
	}
	kept := collections[:0:0]
	for _, k := range collections {
		if k != c {
			kept = append(kept, k)
		}
	}
	if len(kept) == 0 {
		return nil, nil, fmt.Errorf("--of and --against are both %s: a collection is not compared with itself", against)
	}
	return kept, []int{c}, nil
}

// writeTypical writes the sheet and the ranking of one collection.
func writeTypical(cmd *cobra.Command, dir string, o *run.Opened, t audit.Typical, columns int) error {
	sheet, err := report.TypicalSheet(o.Prism, o.HeldOut, t, columns)
	if err != nil {
		return err
	}
	picture, err := sheet.Draw()
	if err != nil {
		return err
	}
	base := filepath.Join(dir, "typical-"+o.Prism.Collections[t.Collection])
	if err := report.WritePNG(base+".png", picture); err != nil {
		return err
	}
	everywhere, err := o.HeldOut.CoTypicality(t.Rows)
	if err != nil {
		return err
	}
	rows := [][]string{{"rank", "file", "log_odds", "co_log_odds"}}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	for i, row := range t.Rows {
		rows = append(rows, []string{strconv.Itoa(i + 1), o.HeldOut.File(row), number(t.Odds[i]), number(everywhere[i])})
	}
	if err := saveCSV(base+".csv", rows); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", base+".png", base+".csv")
	return nil
}
