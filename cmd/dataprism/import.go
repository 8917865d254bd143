package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

func newImport() *cobra.Command {
	var out, config, firstStage string
	var collections []string
	cmd := &cobra.Command{
		Use:   "import CHECKPOINT -o RUN",
		Short: "Make a run of a checkpoint of the published net2net system",
		Long: `Make a run of a checkpoint of the published net2net system.

CHECKPOINT is a checkpoint of PyTorch Lightning or a safetensors file with the same names. The
architecture is found from the names and shapes of its tensors; no code that it holds is run.
A checkpoint of the flow alone needs that of the autoencoder, too, to work on images: name it with
--first-stage. Without, the run takes latents: dataprism encode RUN latents.safetensors.`,
		Example: "  dataprism import last.ckpt --first-stage autoencoder.ckpt --collections photos,paintings -o RUN",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one checkpoint: dataprism import CHECKPOINT -o RUN")
			}
			if out == "" {
				return usage("name the folder of the run with -o")
			}
			if err := run.CheckNewFolder(out); err != nil {
				return err
			}
			source := run.Import{Checkpoint: args[0], FirstStage: firstStage}
			specs, err := namesOf(collections)
			if err != nil {
				return err
			}
			if config != "" {
				project, err := net2net.ReadProject(config)
				if err != nil {
					return err
				}
				source.Activation = project.Activation
				if len(specs) == 0 {
					specs = project.Collections
				}
			}
			if source.Sources, err = sourcesOf(specs); err != nil {
				return err
			}
			imported, err := source.Read()
			if err != nil {
				return err
			}
			if err := imported.Write(out); err != nil {
				return err
			}
			describeImport(cmd.OutOrStdout(), cmd.ErrOrStderr(), imported, out)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&out, "out", "o", "", "folder of the run (required)")
	flags.StringVar(&config, "config", "", "the project's YAML file: names and paths of the collections, activation of the flow")
	flags.StringVar(&firstStage, "first-stage", "", "checkpoint of the autoencoder, where CHECKPOINT has the flow alone")
	flags.StringSliceVar(&collections, "collections", nil, "names of the collections in the order of their labels, each as NAME or NAME=PATH")
	return cmd
}

// namesOf reads collections that are given as NAME or NAME=PATH.
func namesOf(args []string) ([]collection.Spec, error) {
	var specs []collection.Spec
	for _, arg := range args {
		if strings.Contains(arg, "=") {
			spec, err := collection.ParseSpec(arg)
			if err != nil {
				return nil, usageError{err}
			}
			specs = append(specs, spec)
			continue
		}
		named, err := net2net.Names([]string{arg})
		if err != nil {
			return nil, usageError{err}
		}
		specs = append(specs, named...)
	}
	return specs, nil
}

// sourcesOf makes paths absolute, which either all collections have or none.
func sourcesOf(specs []collection.Spec) ([]run.Source, error) {
	var sources []run.Source
	seen, paths := map[string]bool{}, 0
	for _, s := range specs {
		if key := strings.ToLower(s.Name); seen[key] {
			return nil, usageError{&collection.DuplicateNameError{Name: s.Name}}
		} else {
			seen[key] = true
		}
		source := run.Source{Name: s.Name}
		if s.Path != "" {
			paths++
			var err error
			if source, err = run.SourceOf(s); err != nil {
				return nil, err
			}
		}
		sources = append(sources, source)
	}
	if paths > 0 && paths < len(specs) {
		return nil, usage("a path is given for %d of %d collections: give one for each, or for none", paths, len(specs))
	}
	return sources, nil
}

// describeImport tells what was found, and what was not.
func describeImport(stdout, stderr io.Writer, m *run.Imported, dir string) {
	const most = 5
	found := m.Model.Net2Net
	switch {
	case found.Small != nil:
		fmt.Fprintf(stdout, "autoencoder  net2net-32: %d pixels, %d channels, latents of %d\n", found.Small.Size, found.Small.Channels, found.Small.Latent)
	case found.Large != nil:
		fmt.Fprintf(stdout, "autoencoder  net2net-256: width %d, latents of %d\n", found.Large.Width, found.Large.Latent)
	default:
		fmt.Fprintln(stderr, "there is no autoencoder in it: the run takes latents, not images; with --first-stage it takes both")
	}
	if f := found.Flow; f != nil {
		fmt.Fprintf(stdout, "flow         %d blocks of width %d, latents of %d\ncollections  %s\n", f.Blocks, f.Hidden, f.Dim, strings.Join(m.Model.Collections, ", "))
	} else {
		fmt.Fprintln(stderr, "there is no flow in it: the run can be exported, but neither project nor sample")
	}
	if n := len(m.Unexpected); n > 0 {
		fmt.Fprintf(stderr, "%d tensors belong to none of its networks and are left out: %s\n", n, listing.First(m.Unexpected, most))
	}
	fmt.Fprintln(stdout, dir)
}
