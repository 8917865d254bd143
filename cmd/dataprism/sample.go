package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

const (
	mostInGrid  = 256     // codes that a grid shows
	mostSamples = 100_000 // codes whose samples become files
	drawnAtOnce = 64      // codes, so that there is progress to tell
)

func newSample() *cobra.Command {
	var n int
	var seed uint64
	var temperature float64
	var out, single, backend string
	cmd := &cobra.Command{
		Use:   "sample RUN",
		Short: "Draw codes and show the same ones under every collection",
		Long: fmt.Sprintf(`Draw codes and show the same ones under every collection: in a grid of at most %d codes, or as files.

With --single a new folder gets a folder for each collection with a file for each code, which is called the same in all of
them, and a metadata.csv that has its number as pair: collections like any other. A grid is drawn beside it with -o alone.`, mostInGrid),
		Example: `  dataprism sample RUN -n 16 -o samples.png
  dataprism sample RUN -n 5000 --temperature 1 --single drawn`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism sample RUN")
			}
			most, withGrid := mostInGrid, single == "" || cmd.Flags().Changed("out")
			if single != "" {
				most = mostSamples
			}
			if n < 1 || n > most {
				return usage("-n is %d, but must be from 1 to %d", n, most)
			}
			if !(temperature > 0) || math.IsInf(temperature, 0) {
				return usage("--temperature is %g, but must be positive", temperature)
			}
			if withGrid {
				if err := atomicfile.Check(out); err != nil {
					return err
				}
			}
			if single != "" {
				if err := run.CheckNewFolder(single); err != nil {
					return err
				}
			}
			model, err := openModel(backend, args[0])
			if err != nil {
				return err
			}
			defer model.Close()
			if err := model.prism.Complete(); err != nil {
				return err
			}
			d := drawing{prism: model.prism, seed: seed, n: n, temperature: temperature}
			if single != "" {
				if err := d.writeSingles(cmd, single); err != nil {
					return err
				}
			}
			if withGrid {
				grid, err := report.Samples(d.prism, stream.New(seed, stream.Sample), min(n, mostInGrid), temperature)
				if err != nil {
					return err
				}
				if err := grid.WritePNG(out); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), out)
			}
			tellUnlike(cmd, args[0], model.prism.Collections)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&n, "number", "n", 16, "how many codes")
	flags.Uint64Var(&seed, "seed", 1, "seed of the codes")
	flags.Float64Var(&temperature, "temperature", prism.Temperature, "how far samples lie from the middle of a collection: 1 for all that the model holds, less for more typical images")
	flags.StringVarP(&out, "out", "o", "samples.png", "file of the grid")
	flags.StringVar(&single, "single", "", "new folder to write each sample to as an image of its own, in a folder for each collection")
	backendVar(cmd, &backend)
	return cmd
}

// drawing is n codes that are drawn and shown under every collection.
type drawing struct {
	prism       *prism.Prism
	seed        uint64
	n           int
	temperature float64
}

// writeSingles writes every sample as DIR/COLLECTION/NUMBER.png. DIR is there when all of them are.
func (d drawing) writeSingles(cmd *cobra.Command, dir string) error {
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	err := run.NewFolder(dir, func(temporary string) error {
		return d.write(cmd.Context(), temporary, progress)
	})
	if err != nil {
		return err
	}
	progress.close()
	for _, c := range d.prism.Collections {
		fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(dir, c))
	}
	return nil
}

// write puts all into a folder that nobody looks at yet.
func (d drawing) write(ctx context.Context, dir string, progress *progress) error {
	for _, c := range d.prism.Collections {
		if err := os.Mkdir(filepath.Join(dir, c), 0o777); err != nil {
			return err
		}
	}
	rng := stream.New(d.seed, stream.Sample)
	for from := 0; from < d.n; from += drawnAtOnce {
		if err := ctx.Err(); err != nil {
			return err
		}
		grid, err := report.Samples(d.prism, rng, min(drawnAtOnce, d.n-from), d.temperature)
		if err != nil {
			return err
		}
		for _, row := range grid.Rows {
			for i, picture := range row.Pictures {
				var file bytes.Buffer
				if err := report.EncodePNG(&file, picture); err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, row.Label, sampleFile(from+i)), file.Bytes(), 0o666); err != nil {
					return err
				}
			}
		}
		progress.counted("drawing samples", min(from+drawnAtOnce, d.n), d.n)
	}
	return d.writePairs(dir)
}

// writePairs writes the metadata.csv of each collection.
func (d drawing) writePairs(dir string) error {
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"file_name", collection.LabelPair})
	for i := range d.n {
		w.Write([]string{sampleFile(i), strconv.Itoa(i + 1)})
	}
	w.Flush()
	for _, c := range d.prism.Collections {
		if err := os.WriteFile(filepath.Join(dir, c, "metadata.csv"), table.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return w.Error()
}

// sampleFile names the samples of code i, counted from 0.
func sampleFile(i int) string { return fmt.Sprintf("%06d.png", i+1) }

// tellUnlike says under which collections samples are not yet like images, as far as the evaluation of the run knows.
func tellUnlike(cmd *cobra.Command, dir string, collections []string) {
	e, err := audit.ReadEvaluation(filepath.Join(dir, run.EvaluationFile))
	if err != nil {
		return // a run that was stopped, or imported, has none
	}
	for _, c := range collections {
		if told, ok := e.UnlikeSamples(c); ok {
			tell(cmd, "samples under %s are not yet like its images: a probe tells them from reconstructions in %.0f%% of cases (chance 50%%)", c, 100*told.Value)
		}
	}
}
