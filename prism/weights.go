package prism

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Read builds a prism of the weights in the safetensors file at path, as [Prism.Write] wrote it. The file must hold
// the weights that the configuration's networks ask for, each with its shape, and no others: nothing is made up.
func Read(backend compute.Backend, path string, config Config) (*Prism, error) {
	if err := config.Validate(); err != nil { // before anything of its sizes is made
		return nil, err
	}
	store, err := readStore(path)
	if err != nil {
		return nil, err
	}
	inventory := nn.Close(store)
	p, err := New(backend, store, config, 0)
	if err != nil {
		return nil, err
	}
	if err := p.complete(inventory); err != nil {
		return nil, fmt.Errorf("%s does not hold the model that is configured: %w", path, err)
	}
	return p, p.fold()
}

// complete says which weight the networks ask for in vain, and which of the store nobody asks for.
func (p *Prism) complete(inventory *nn.Inventory) error {
	if err := p.trace(); err != nil {
		return err
	}
	if _, err := p.Fit(); err != nil {
		return err
	}
	known := append(fitTensors(), reconstructionTensor, autoencoder.SignalTensor(AutoencoderScope))
	if m := p.Config.Net2Net; m != nil {
		paths, err := m.Paths() // some of which serve training alone
		if err != nil {
			return err
		}
		known = append(known, paths...)
	}
	for _, name := range inventory.Unasked() {
		if !slices.Contains(known, name) {
			return fmt.Errorf("weight %q belongs to none of its networks", name)
		}
	}
	return nil
}

// trace builds the graph of all networks once, for a batch of one, so that each asks for its weights. Nothing is run.
func (p *Prism) trace() error {
	p.graphs.mu.Lock()
	defer p.graphs.mu.Unlock()
	return nn.Catch(func() {
		g := graph.NewGraph(p.backend, "weights")
		defer g.Finalize()
		parameter := func(name string, dtype dtypes.DType, dims ...int) *graph.Node {
			return graph.Parameter(g, name, shapes.Make(dtype, dims...))
		}
		if p.Autoencoder != nil {
			side, channels := p.Size()
			p.Autoencoder.Encode(parameter("image", dtypes.Float32, 1, side, side, channels))
			p.Autoencoder.Decode(parameter("latent", dtypes.Float32, 1, p.Dim()))
		}
		if p.Flow != nil {
			c := p.Flow.Condition(parameter("label", dtypes.Int32, 1))
			p.Flow.Forward(parameter("z", dtypes.Float32, 1, p.Dim()), c)
			p.Flow.Inverse(parameter("v", dtypes.Float32, 1, p.Dim()), c)
		}
	})
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
	if err := p.trace(); err != nil { // weights that were not used yet are made
		return err
	}
	var file weights.File
	if err := nn.Save(p.store, &file, "/"+AutoencoderScope+"/", "/"+FlowScope+"/", "/"+fitScope+"/"); err != nil {
		return err
	}
	return weights.Write(path, &file)
}
