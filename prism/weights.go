package prism

import (
	"fmt"
	"runtime/debug"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
)

// Read builds a prism of the weights in the safetensors file at path, as [Prism.Write] wrote it.
func Read(backend compute.Backend, path string, config Config) (*Prism, error) {
	store, err := readStore(path)
	if err != nil {
		return nil, err
	}
	p, err := New(backend, store, config, 0)
	if err != nil {
		return nil, err
	}
	return p, p.fold()
}

// readStore reads a file of weights.
func readStore(path string) (*model.Store, error) {
	// What was read is as large as the weights made of it. It goes before anything else needs memory.
	defer debug.FreeOSMemory()
	file, err := weights.Read(path)
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := nn.Load(store, file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return store, nil
}

// fold computes once what the published networks compute anew from their weights on each pass: spectral norms.
func (p *Prism) fold() error {
	if a, ok := p.Autoencoder.(interface{ Fold() error }); ok {
		return a.Fold()
	}
	return nil
}

// Write writes the weights that p needs in use, and its yardstick, as a safetensors file.
func (p *Prism) Write(path string) error {
	var file weights.File
	if err := nn.Save(p.store, &file, "/"+AutoencoderScope+"/", "/"+FlowScope+"/", "/"+fitScope+"/"); err != nil {
		return err
	}
	return weights.Write(path, &file)
}
