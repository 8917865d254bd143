package net2net

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

// Model says which networks there are. Those that are nil are not.
type Model struct {
	Small *Autoencoder32Config  `yaml:"net2net_32,omitempty" json:"net2net_32,omitempty"`   // the convolutional autoencoder
	Large *Autoencoder256Config `yaml:"net2net_256,omitempty" json:"net2net_256,omitempty"` // that of ResNet-101 and BigGAN
	Flow  *FlowConfig           `yaml:"flow,omitempty" json:"flow,omitempty"`
}

// part is one network of a model: where its parameters are in a file, and where in the store.
type part struct {
	name   string // for people
	prefix string // before the names in the file
	scope  string // the path in the store
	params []Param
}

// Scopes of the networks in a store.
const (
	AutoencoderScope = "autoencoder"
	FlowScope        = "flow"
)

// Detect finds the networks of a file. It is an error when there are none, or two of a kind.
func Detect(file *weights.File) (*Model, error) {
	found, _, err := detect(file)
	return found, err
}

// detect also returns the prefix of each network.
func detect(file *weights.File) (*Model, prefixes, error) {
	f := tensorShapes{file}
	m, p := &Model{}, prefixes{}
	var err error
	if p.small, err = f.prefix("dense_encode.sub_layers.0.weight"); err == nil {
		p.encoder, err = f.prefix("model.layer3.22.conv3.weight")
	}
	if err == nil {
		p.decoder, err = f.prefix("map_to_class_embedding.main.0.weight")
	}
	if err == nil {
		p.flow, err = f.prefix("sub_layers.0.norm_layer.loc")
	}
	if err != nil {
		return nil, p, err
	}
	if p.small != nil {
		if m.Small, err = f.small(*p.small); err != nil {
			return nil, p, err
		}
	}
	switch {
	case (p.encoder == nil) != (p.decoder == nil):
		return nil, p, fmt.Errorf("of the large autoencoder there is only a half")
	case p.encoder != nil && p.small != nil:
		return nil, p, fmt.Errorf("there are two autoencoders, under %q and %q", *p.small, *p.encoder)
	case p.encoder != nil:
		if m.Large, err = f.large(*p.decoder); err != nil {
			return nil, p, err
		}
	}
	if p.flow != nil {
		if m.Flow, err = f.flow(*p.flow); err != nil {
			return nil, p, err
		}
	}
	if *m == (Model{}) {
		return nil, p, fmt.Errorf("none of the reference's networks is there: its tensors are named as in %s", f.example())
	}
	return m, p, nil
}

// Validate says which network cannot be built or contradicts another.
func (m *Model) Validate() error {
	var sizes []int
	if m.Small != nil {
		if err := m.Small.Validate(); err != nil {
			return err
		}
		sizes = append(sizes, m.Small.Latent)
	}
	if m.Large != nil {
		if err := m.Large.Validate(); err != nil {
			return err
		}
		sizes = append(sizes, m.Large.Latent)
	}
	if m.Flow != nil {
		if err := m.Flow.Validate(); err != nil {
			return err
		}
		sizes = append(sizes, m.Flow.Dim)
	}
	switch {
	case len(sizes) == 0:
		return fmt.Errorf("there is neither an autoencoder nor a flow")
	case m.Small != nil && m.Large != nil:
		return fmt.Errorf("there are two autoencoders")
	case len(slices.Compact(sizes)) != 1:
		return fmt.Errorf("the autoencoder's latents have %d values, the flow is for %d", sizes[0], sizes[1])
	}
	return nil
}

// Join returns the networks of both models. It is an error when both have one of the same stage.
func (m *Model) Join(other *Model) (*Model, error) {
	joined := *m
	if other.Small != nil || other.Large != nil {
		if joined.Small != nil || joined.Large != nil {
			return nil, fmt.Errorf("both have an autoencoder")
		}
		joined.Small, joined.Large = other.Small, other.Large
	}
	if other.Flow != nil {
		if joined.Flow != nil {
			return nil, fmt.Errorf("both have a flow")
		}
		joined.Flow = other.Flow
	}
	return &joined, joined.Validate()
}

// Latent is the size of latents.
func (m *Model) Latent() int {
	switch {
	case m.Small != nil:
		return m.Small.Latent
	case m.Large != nil:
		return m.Large.Latent
	case m.Flow != nil:
		return m.Flow.Dim
	}
	return 0
}

// prefixes are what the names of each network's parameters begin with; nil is no network.
type prefixes struct{ small, encoder, decoder, flow *string }

// exported are the prefixes that a checkpoint of the reference's second stage has.
func exported() prefixes {
	text := func(s string) *string { return &s }
	const stage = "first_stage_model."
	return prefixes{small: text(stage + "autoencoder."), encoder: text(stage + "encoder."), decoder: text(stage + "decoder."), flow: text("flow.")}
}

// parts describes the networks of the model.
func (m *Model) parts(p prefixes) ([]part, error) {
	scratch := model.NewStore().RootScope() // descriptions do not depend on the weights' place
	var parts []part
	if m.Small != nil {
		a, err := NewAutoencoder32(scratch, *m.Small)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{"the autoencoder", *p.small, AutoencoderScope, a.Params()})
	}
	if m.Large != nil {
		a, err := NewAutoencoder256(scratch, *m.Large)
		if err != nil {
			return nil, err
		}
		parts = append(parts,
			part{"the encoder", *p.encoder, AutoencoderScope + "/" + autoencoder.EncoderScope, a.EncoderParams()},
			part{"the decoder", *p.decoder, AutoencoderScope + "/" + autoencoder.DecoderScope, a.DecoderParams()})
	}
	if m.Flow != nil {
		r, err := NewFlow(scratch, *m.Flow)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{"the flow", *p.flow, FlowScope, r.Params()})
	}
	return parts, nil
}

// Import finds the networks of a file and sets their weights in the store, below AutoencoderScope and
// FlowScope. It is an error when a weight is missing or has another shape. Tensors that belong to none of
// the networks are returned; those of the losses that stage one was trained with are not among them.
func Import(store *model.Store, file *weights.File) (m *Model, unexpected []string, err error) {
	m, p, err := detect(file)
	if err != nil {
		return nil, nil, err
	}
	parts, err := m.parts(p)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{}
	for _, part := range parts {
		report, err := importParams(store.Scope("/"+part.scope), part.params, file, part.prefix)
		if err != nil {
			return nil, nil, err
		}
		report.Unexpected = nil // other parts' prefixes may begin with this one
		if err := report.Err(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", part.name, err)
		}
		for _, param := range part.params {
			known[part.prefix+param.Name] = true
		}
	}
	for _, t := range file.Tensors() {
		if !known[t.Name] && !isOfLoss(t.Name) {
			unexpected = append(unexpected, t.Name)
		}
	}
	return m, unexpected, nil
}

// isOfLoss reports whether a tensor is the discriminator's, the perceptual distance's, or another of stage
// one's losses.
func isOfLoss(name string) bool {
	return strings.HasPrefix(name, "loss.") || strings.Contains(name, ".loss.")
}

// Paths are where the weights of the model's networks lie in a store, without the leading slash.
func (m *Model) Paths() ([]string, error) {
	parts, err := m.parts(exported())
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, part := range parts {
		for _, param := range part.params {
			paths = append(paths, model.JoinPath(part.scope, param.Name))
		}
	}
	return paths, nil
}

// Export adds the networks' weights to a file, named as in a checkpoint of the reference's second stage.
func (m *Model) Export(store *model.Store, file *weights.File) error {
	parts, err := m.parts(exported())
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := exportParams(store.Scope("/"+part.scope), part.params, file, part.prefix); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
