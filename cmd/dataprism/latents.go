package main

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
	"github.com/spf13/cobra"
)

// latentFiles says whether what encode is given are latents, in place of images.
func latentFiles(paths []string) bool {
	for _, path := range paths {
		if filepath.Ext(path) != ".safetensors" {
			return false
		}
	}
	return len(paths) > 0
}

// addLatentFiles maps the latents of files to codes. Each has a tensor z, or latent, of [n, d], and may have the
// collections' numbers as integers label [n]; where it has not, they are from, or those that each latent fits best.
func (t *table) addLatentFiles(cmd *cobra.Command, p *prism.Prism, paths []string, from string) error {
	for _, path := range paths {
		file, err := weights.Read(path)
		if err != nil {
			return err
		}
		z, err := latentsOf(file, p.Dim())
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		labels, err := ownCollections(file, p, z, from)
		if err != nil {
			return err
		}
		files := make([]string, len(labels))
		for i := range files {
			files[i] = path
		}
		if err := t.addLatents(p, z, labels, files, make([]string, len(labels))); err != nil {
			return err
		}
		if err := cmd.Context().Err(); err != nil {
			return err
		}
	}
	return nil
}

func latentsOf(file *weights.File, dim int) ([]float32, error) {
	for _, name := range []string{"z", "latent"} {
		tensor, ok := file.Lookup(name)
		if !ok {
			continue
		}
		if len(tensor.Shape) != 2 || tensor.Shape[1] != dim {
			return nil, fmt.Errorf("tensor %q has shape %v, but latents of this run are [n, %d]", name, tensor.Shape, dim)
		}
		return tensor.Float32s()
	}
	return nil, fmt.Errorf("there are no latents: it has neither a tensor z nor one called latent")
}

// ownCollections is the collection of each latent: the one given, that of the file, or the one in which it is most
// likely.
func ownCollections(file *weights.File, p *prism.Prism, z []float32, from string) ([]int, error) {
	n := len(z) / p.Dim()
	if from != "" {
		c, err := p.Collection(from)
		if err != nil {
			return nil, usageError{err}
		}
		return prism.Repeat(c, n), nil
	}
	labels := make([]int, n)
	if tensor, ok := file.Lookup("label"); ok {
		values, err := tensor.Int64s()
		if err != nil {
			return nil, err
		}
		if len(values) != n {
			return nil, fmt.Errorf("there are %d labels for %d latents", len(values), n)
		}
		for i, v := range values {
			if v < 0 || v >= int64(len(p.Collections)) {
				return nil, fmt.Errorf("label %d of row %d is not one of the %d collections", v, i, len(p.Collections))
			}
			labels[i] = int(v)
		}
		return labels, nil
	}
	each, err := p.LogProb(z)
	if err != nil {
		return nil, err
	}
	for i := range labels {
		best := float32(math.Inf(-1))
		for c := range each {
			if each[c][i] > best {
				best, labels[i] = each[c][i], c
			}
		}
	}
	return labels, nil
}
