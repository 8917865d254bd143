package prism

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
	"gopkg.in/yaml.v3"
)

// Files of a run folder.
const (
	ConfigFile  = "config.yaml"
	WeightsFile = "model.safetensors"
)

// Source is one collection by name and path, and how its images are cut.
type Source struct {
	Name  string           `yaml:"name" json:"name"`
	Path  string           `yaml:"path" json:"path"`
	Frame collection.Frame `yaml:"frame" json:"frame"`
}

// Data says what a prism was trained on and how images are prepared for it.
type Data struct {
	Sources    []Source `yaml:"sources" json:"sources"`
	Gray       bool     `yaml:"gray" json:"gray"`
	Background string   `yaml:"background" json:"background"` // what transparency is laid on, as #rrggbb
	MaxImages  int      `yaml:"max_images" json:"max_images"` // of a collection; 0 is all
	Validation float64  `yaml:"validation" json:"validation"` // share held out
}

// Frame is how images are cut that are to be shown to collection c: as its own are, or whole where its images are not known.
func (d Data) Frame(c int) collection.Frame {
	if c < len(d.Sources) {
		return d.Sources[c].Frame
	}
	return collection.Frame{}
}

// Run is the part of a run's config.yaml that the use of the trained model needs.
type Run struct {
	Version int    `yaml:"version" json:"version"`
	Seed    uint64 `yaml:"seed" json:"seed"`
	Data    Data   `yaml:"data" json:"data"`
	Model   Config `yaml:"model" json:"model"`
}

// RunVersion is the version of the run folder that this code writes and reads.
const RunVersion = 1

// NoRunError says that a folder holds no run.
type NoRunError struct{ Dir, Reason string }

func (e *NoRunError) Error() string {
	return fmt.Sprintf("%s is not the folder of a finished run: %s", e.Dir, e.Reason)
}

// ReadRun reads the config.yaml of the run in dir.
func ReadRun(dir string) (Run, error) {
	var run Run
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return run, &NoRunError{dir, "it has no " + ConfigFile}
	} else if err != nil {
		return run, err
	}
	if err := yaml.Unmarshal(text, &run); err != nil {
		return run, fmt.Errorf("%s: %w", path, err)
	}
	if run.Version != RunVersion {
		return run, fmt.Errorf("%s: version %d is not known here, which reads version %d", path, run.Version, RunVersion)
	}
	if err := run.Model.Validate(); err != nil {
		return run, fmt.Errorf("%s: %w", path, err)
	}
	return run, nil
}

// Open reads the trained prism in the run folder dir.
func Open(backend compute.Backend, dir string) (*Prism, Run, error) {
	run, err := ReadRun(dir)
	if err != nil {
		return nil, run, err
	}
	store, err := readStore(dir)
	if err != nil {
		return nil, run, err
	}
	p, err := New(backend, store, run.Model, run.Seed)
	if err == nil {
		err = p.fold()
	}
	return p, run, err
}

// readStore reads the weights of the run in dir.
func readStore(dir string) (*model.Store, error) {
	// What was read is as large as the weights made of it. It goes before anything else needs memory.
	defer debug.FreeOSMemory()
	path := filepath.Join(dir, WeightsFile)
	file, err := weights.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NoRunError{dir, "its training has not finished: continue it with train --resume"}
	} else if err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := nn.Load(store, file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return store, nil
}

// fold computes once what the reference's networks compute anew from their weights on each pass: spectral norms.
func (p *Prism) fold() error {
	if a, ok := p.Autoencoder.(interface{ Fold() error }); ok {
		return a.Fold()
	}
	return nil
}

// Save writes the weights that p needs to the run folder dir.
func (p *Prism) Save(dir string) error {
	var file weights.File
	err := nn.Save(p.store, &file, "/"+AutoencoderScope+"/", "/"+FlowScope+"/", "/"+fitScope+"/")
	if err != nil {
		return err
	}
	return weights.Write(filepath.Join(dir, WeightsFile), &file)
}
