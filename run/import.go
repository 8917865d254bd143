package run

import (
	"errors"
	"fmt"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

// Import says where the weights of a model of the published system are, and what its checkpoint does not tell.
type Import struct {
	// Checkpoint is a checkpoint of PyTorch Lightning or a safetensors file, with the reference's names.
	Checkpoint string
	// FirstStage, if not empty, is such a file with the autoencoder that Checkpoint lacks.
	FirstStage string
	// Sources name the collections, in the order of the labels that the flow was trained with, and say where their
	// images are, as far as that is known. Without any they are called class0, class1, and so on.
	Sources []Source
	// Activation says that the flow's blocks have an activation, which cannot be told from weights.
	Activation bool
}

// Imported is what [Import.Read] found.
type Imported struct {
	Config
	// Unexpected are the tensors that belong to none of the model's networks, nor to the losses of stage one.
	Unexpected []string

	store *model.Store
}

// Read reads the files and finds the architecture by the names and shapes of their tensors. It is an error when
// there is none of the reference's networks, or weights of one are missing or of other shapes.
func (i Import) Read() (*Imported, error) {
	result := &Imported{store: model.NewStore()}
	found, err := result.read(i.Checkpoint)
	if err != nil {
		return nil, err
	}
	if i.FirstStage != "" {
		first, err := result.read(i.FirstStage)
		if err != nil {
			return nil, err
		}
		if found, err = found.Join(first); err != nil {
			return nil, fmt.Errorf("%s and %s do not go together: %w", i.Checkpoint, i.FirstStage, err)
		}
	}
	if i.Activation {
		if found.Flow == nil {
			return nil, errors.New("an activation of the flow is configured, but there is no flow")
		}
		found.Flow.Activation = true
	}
	result.Config, err = i.config(found)
	return result, err
}

// read sets the weights of the networks of a file.
func (m *Imported) read(path string) (*net2net.Model, error) {
	file, err := net2net.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, unexpected, err := net2net.Import(m.store, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.Unexpected = append(m.Unexpected, unexpected...)
	return found, nil
}

// config is the configuration of a run of the model.
func (i Import) config(found *net2net.Model) (Config, error) {
	c := Config{
		Version: Version, Seed: 1,
		Data:  Data{Background: "#ffffff", Validation: 0.1},
		Model: prism.Config{Net2Net: found},
	}
	if _, channels := found.Size(); channels == 1 {
		c.Data.Gray = true
	}
	known := false // where images are
	for _, s := range i.Sources {
		c.Model.Collections = append(c.Model.Collections, s.Name)
		known = known || s.Path != ""
	}
	if known {
		c.Data.Sources = i.Sources
	}
	if found.Flow != nil && len(i.Sources) == 0 {
		for label := range found.Flow.Collections {
			c.Model.Collections = append(c.Model.Collections, fmt.Sprintf("class%d", label))
		}
	}
	if k := len(c.Model.Collections); found.Flow != nil && k != found.Flow.Collections {
		return c, fmt.Errorf("the flow of %s is for %d collections, but %d are named", i.Checkpoint, found.Flow.Collections, k)
	}
	return c, c.Validate()
}

// Write makes the run folder dir, which must not be there or be empty.
func (m *Imported) Write(dir string) error {
	var file weights.File
	if err := nn.Save(m.store, &file, "/"+prism.AutoencoderScope+"/", "/"+prism.FlowScope+"/"); err != nil {
		return err
	}
	return NewFolder(dir, func(temporary string) error {
		if err := weights.Write(weightsPath(temporary), &file); err != nil {
			return err
		}
		return m.Config.write(temporary)
	})
}
