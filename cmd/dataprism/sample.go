package main

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/spf13/cobra"
)

func newSample() *cobra.Command {
	var n int
	var seed uint64
	var temperature float64
	var out, backend string
	cmd := &cobra.Command{
		Use:     "sample RUN",
		Short:   "Draw codes and show the same ones under every collection",
		Example: "  dataprism sample RUN -n 16 -o samples.png",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism sample RUN")
			}
			if n < 1 || n > 256 {
				return usage("-n is %d, but must be from 1 to 256", n)
			}
			if !(temperature > 0) || math.IsInf(temperature, 0) {
				return usage("--temperature is %g, but must be positive", temperature)
			}
			if err := atomicfile.Check(out); err != nil {
				return err
			}
			model, err := openModel(backend, args[0])
			if err != nil {
				return err
			}
			defer model.Close()
			if err := model.prism.Complete(); err != nil {
				return err
			}
			grid, err := report.Samples(model.prism, stream.New(seed, stream.Sample), n, temperature)
			if err != nil {
				return err
			}
			if err := grid.WritePNG(out); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), out)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&n, "number", "n", 16, "how many codes")
	flags.Uint64Var(&seed, "seed", 1, "seed of the codes")
	flags.Float64Var(&temperature, "temperature", prism.Temperature, "how far samples lie from the middle of a collection: 1 for all that the model holds, less for more typical images")
	flags.StringVarP(&out, "out", "o", "samples.png", "file of the grid")
	backendVar(cmd, &backend)
	return cmd
}
