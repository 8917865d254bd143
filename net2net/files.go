package net2net

import (
	"fmt"
	"os"

	"github.com/dataprism/dataprism/weights"
	"github.com/dataprism/dataprism/weights/checkpoint"
)

// ReadFile reads the weights of a PyTorch checkpoint or of a safetensors file; which of them it is, is told by how
// the file begins. No code of a checkpoint is run.
func ReadFile(path string) (*weights.File, error) {
	pickled, err := isPickled(path)
	if err != nil {
		return nil, err
	}
	if !pickled {
		return weights.Read(path)
	}
	c, err := checkpoint.Read(path)
	if err != nil {
		return nil, err
	}
	return c.Weights, nil
}

// isPickled reports whether a file begins like a zip archive or a pickle, and not with the length of a header.
func isPickled(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("read weights: %w", err)
	}
	defer file.Close()
	start := make([]byte, 9)
	n, _ := file.ReadAt(start, 0)
	return n < len(start) || start[8] != '{', nil
}
