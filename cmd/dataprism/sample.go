package main

import (
	"bytes"
	"context"
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

// sampleFlags are those of sample.
type sampleFlags struct {
	number               int
	seed                 uint64
	temperature          float64
	out, single, backend string
	grid                 bool // whether one is drawn
}

func newSample() *cobra.Command {
	var f sampleFlags
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
			f.grid = f.single == "" || cmd.Flags().Changed("out")
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd, args[0])
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&f.number, "number", "n", 16, "how many codes")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the codes")
	flags.Float64Var(&f.temperature, "temperature", prism.Temperature, "how far samples lie from the middle of a collection: 1 for all that the model holds, less for more typical images")
	flags.StringVarP(&f.out, "out", "o", "samples.png", "file of the grid")
	flags.StringVar(&f.single, "single", "", "new folder to write each sample to as an image of its own, in a folder for each collection")
	backendVar(cmd, &f.backend)
	return cmd
}

// check says what of the flags cannot be meant, and what cannot be written.
func (f *sampleFlags) check() error {
	most := mostInGrid
	if f.single != "" {
		most = mostSamples
	}
	if f.number < 1 || f.number > most {
		return usage("-n is %d, but must be from 1 to %d", f.number, most)
	}
	if !(f.temperature > 0) || math.IsInf(f.temperature, 0) {
		return usage("--temperature is %g, but must be positive", f.temperature)
	}
	if f.grid {
		if err := atomicfile.Check(f.out); err != nil {
			return err
		}
	}
	if f.single != "" {
		return run.CheckNewFolder(f.single)
	}
	return nil
}

// run draws, with the model of the run in dir.
func (f *sampleFlags) run(cmd *cobra.Command, dir string) error {
	model, err := openComplete(f.backend, dir)
	if err != nil {
		return err
	}
	defer model.Close()
	if f.single != "" {
		if err := f.writeSingles(cmd, model.prism); err != nil {
			return err
		}
	}
	if f.grid {
		grid, err := report.Samples(model.prism, stream.New(f.seed, stream.Sample), min(f.number, mostInGrid), f.temperature)
		if err != nil {
			return err
		}
		if err := grid.WritePNG(f.out); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), f.out)
	}
	tellUnlike(cmd, dir, model.prism.Collections)
	return nil
}

// writeSingles writes every sample as DIR/COLLECTION/NUMBER.png. DIR is there when all of them are.
func (f *sampleFlags) writeSingles(cmd *cobra.Command, p *prism.Prism) error {
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	err := run.NewFolder(f.single, func(temporary string) error { return f.write(cmd.Context(), p, temporary, progress) })
	if err != nil {
		return err
	}
	progress.close()
	for _, c := range p.Collections {
		fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(f.single, c))
	}
	return nil
}

// write puts all into a folder that nobody looks at yet.
func (f *sampleFlags) write(ctx context.Context, p *prism.Prism, dir string, progress *progress) error {
	table := [][]string{{"file_name", collection.LabelPair}}
	for i := range f.number {
		table = append(table, []string{sampleFile(i), strconv.Itoa(i + 1)})
	}
	for _, c := range p.Collections {
		folder := filepath.Join(dir, c)
		if err := os.Mkdir(folder, 0o777); err != nil {
			return err
		}
		if err := saveCSV(filepath.Join(folder, "metadata.csv"), table); err != nil {
			return err
		}
	}
	rng := stream.New(f.seed, stream.Sample)
	for from := 0; from < f.number; from += drawnAtOnce {
		if err := ctx.Err(); err != nil {
			return err
		}
		grid, err := report.Samples(p, rng, min(drawnAtOnce, f.number-from), f.temperature)
		if err != nil {
			return err
		}
		for _, row := range grid.Rows {
			for i, picture := range row.Pictures {
				var file bytes.Buffer
				if err := report.EncodePNG(&file, inFiles(p, picture)); err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, row.Label, sampleFile(from+i)), file.Bytes(), 0o666); err != nil {
					return err
				}
			}
		}
		progress.counted("drawing samples", min(from+drawnAtOnce, f.number), f.number)
	}
	return nil
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
