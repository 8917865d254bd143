package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

func newExport() *cobra.Command {
	var out, backend string
	var batch int
	cmd := &cobra.Command{
		Use:   "export RUN -o DIR",
		Short: "Write the model of a run for other tools: ONNX, and the published system's names",
		Long: `Write the model of a run for other tools: ONNX, and the published system's names.

DIR gets encoder.onnx (image to mean and log_variance), decoder.onnx (latent to image), flow.onnx
(latent and label to code and log_det) and inverse.onnx (code and label to latent). Images are float32
[batch, side, side, channels] in [-1, 1]; labels are int32 [batch]. Of a model of the published system it
also gets model.safetensors, with the names and axes of its checkpoints.`,
		Example: "  dataprism export RUN -o exported --batch 8",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one run: dataprism export RUN -o DIR")
			}
			if out == "" {
				return usage("name a folder with -o")
			}
			if batch < 1 || batch > 4096 {
				return usage("--batch is %d, but must be from 1 to 4096", batch)
			}
			if err := run.CheckNewFolder(out); err != nil {
				return err
			}
			model, err := openModel(backend, args[0])
			if err != nil {
				return err
			}
			defer model.Close()
			if err := run.NewFolder(out, func(dir string) error { return model.prism.Export(dir, batch) }); err != nil {
				return err
			}
			files, err := os.ReadDir(out)
			if err != nil {
				return err
			}
			for _, file := range files {
				fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(out, file.Name()))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&out, "out", "o", "", "folder to make (required)")
	flags.IntVar(&batch, "batch", 1, "rows of each call of the ONNX models")
	backendVar(cmd, &backend)
	return cmd
}
