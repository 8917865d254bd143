// Package checkpoint reads the weights out of PyTorch checkpoints: files written by torch.save, by PyTorch Lightning
// among others, as a zip archive (since PyTorch 1.6) or as a sequence of pickles (before).
//
// A pickle is a program. This package runs only the part of it that builds lists, dictionaries, tuples, numbers and
// strings; of the classes and functions that a pickle can name it knows the few that describe a tensor, and treats
// every other as an opaque value that is never called. Whatever a file says, no code is executed, and memory is
// bounded by the size of the file and a constant.
package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dataprism/dataprism/weights"
)

// Checkpoint is what a file holds, as far as it can be read without Python.
type Checkpoint struct {
	// Weights holds the tensors of the state dictionary: that of the module under "state_dict", or the file's
	// outermost dictionary itself. Names are as in the file.
	Weights *weights.File
	// Skipped names the entries of the state dictionary that are no tensors.
	Skipped []string
	// Values holds the other entries of the outermost dictionary, such as "epoch", "global_step" and
	// "hyper_parameters", as nil, bool, int64, float64, string, []byte, []any, map[string]any or Opaque.
	Values map[string]any
}

// Opaque stands for an object that only Python could make: the name of its class.
type Opaque string

// ErrFormat is what every error of Decode wraps, beside its reason.
var ErrFormat = errors.New("not a readable PyTorch checkpoint")

// Read reads a checkpoint. Errors name the file, and the tensor where one is wrong.
func Read(path string) (*Checkpoint, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	c, err := Decode(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read checkpoint %s: %w", path, err)
	}
	return c, nil
}

// Decode reads a checkpoint of size bytes. Of the tensors only those of the state dictionary are read, so an
// optimiser's state costs no memory.
func Decode(r io.ReaderAt, size int64) (*Checkpoint, error) {
	return decodeWithin(r, size, maxMemory)
}

// decodeWithin is Decode with a bound on the memory that pickles take.
func decodeWithin(r io.ReaderAt, size int64, limit int) (*Checkpoint, error) {
	outermost, storages, err := open(r, size, limit)
	var c *Checkpoint
	if err == nil {
		c, err = collect(outermost, storages)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return c, nil
}

// open tells the two formats apart and runs the pickle of the file.
func open(r io.ReaderAt, size int64, limit int) (outermost any, storages storageReader, err error) {
	start := make([]byte, 4)
	n, err := r.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch start = start[:n]; {
	case bytes.Equal(start, []byte("PK\x03\x04")):
		return openArchive(r, size, limit)
	case n > 0 && start[0] == byte(opProto):
		return openLegacy(r, size, limit)
	}
	return nil, nil, errors.New("it begins neither like a zip archive nor like a pickle")
}

// collect sorts the outermost dictionary into weights and other values.
func collect(outermost any, storages storageReader) (*Checkpoint, error) {
	outer, ok := asDict(outermost)
	if !ok {
		return nil, fmt.Errorf("the outermost object is %s, not a dictionary", describe(outermost))
	}
	c := &Checkpoint{Weights: &weights.File{}, Values: map[string]any{}}
	state := outer
	if inner, ok := outer.text("state_dict"); ok {
		if state, ok = asDict(inner); !ok {
			return nil, fmt.Errorf("state_dict is %s, not a dictionary", describe(inner))
		}
		remaining := maxPlainValues
		for _, item := range outer.items {
			if key, ok := item.key.(string); ok && key != "state_dict" {
				c.Values[key] = plain(item.value, 0, &remaining)
			}
		}
	}
	loader := &tensorLoader{storages: storages, loaded: map[string]storageData{}}
	for _, item := range state.items {
		name, ok := item.key.(string)
		if !ok {
			return nil, fmt.Errorf("the state dictionary has a key that is %s, not a text", describe(item.key))
		}
		view, ok := item.value.(*tensorView)
		if !ok {
			c.Skipped = append(c.Skipped, name)
			continue
		}
		t, err := loader.load(name, view)
		if err == nil {
			err = c.Weights.Add(t)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(c.Weights.Tensors()) == 0 {
		return nil, errors.New("there are no tensors under state_dict, nor in the outermost dictionary")
	}
	return c, nil
}
