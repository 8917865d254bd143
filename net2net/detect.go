package net2net

import (
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/weights"
)

// tensorShapes reads the sizes of networks off the shapes of their tensors.
type tensorShapes struct{ file *weights.File }

// prefix is [Prefix] of the file.
func (s tensorShapes) prefix(mark string) (*string, error) { return Prefix(s.file, mark) }

// Prefix returns what stands before a name that marks a network: nil when no tensor ends with the name. It is an error
// when several do.
func Prefix(file *weights.File, mark string) (*string, error) {
	var found *string
	for _, t := range file.Tensors() {
		prefix, ok := strings.CutSuffix(t.Name, mark)
		if !ok || (prefix != "" && !strings.HasSuffix(prefix, ".")) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("there are two networks of one kind, under %q and %q", *found, prefix)
		}
		found = &prefix
	}
	return found, nil
}

// axis returns the size of an axis of a tensor, and an error when the tensor is missing or has no such axis.
func (s tensorShapes) axis(name string, axis int) (int, error) {
	t, err := s.file.Tensor(name)
	if err != nil {
		return 0, err
	}
	if axis >= len(t.Shape) {
		return 0, fmt.Errorf("tensor %q has shape %v, expected more than %d axes", name, t.Shape, axis)
	}
	return t.Shape[axis], nil
}

// axes fills each destination with the size of an axis.
func (s tensorShapes) axes(list ...axisOf) error {
	for _, each := range list {
		size, err := s.axis(each.name, each.axis)
		if err != nil {
			return err
		}
		*each.into = size
	}
	return nil
}

// axisOf is where the size of an axis of a tensor goes.
type axisOf struct {
	into *int
	name string
	axis int
}

// count returns how many names there are, made of a pattern and the numbers from 0.
func (s tensorShapes) count(pattern string) int {
	for n := 0; ; n++ {
		if _, ok := s.file.Lookup(fmt.Sprintf(pattern, n)); !ok {
			return n
		}
	}
}

// small reads the sizes of the convolutional autoencoder.
func (s tensorShapes) small(prefix string) (*Autoencoder32Config, error) {
	var c Autoencoder32Config
	var outputs, side int
	err := s.axes(
		axisOf{&c.Channels, prefix + "feature_layers.0.sub_layers.0.weight", 1},
		axisOf{&outputs, prefix + "dense_encode.sub_layers.0.weight", 0},
		axisOf{&side, prefix + "dense_encode.sub_layers.0.weight", 3},
	)
	if err != nil {
		return nil, err
	}
	c.Downsamples = s.count(escape(prefix) + "feature_layers.%d.sub_layers.0.weight")
	c.Latent = outputs / 2
	if side > 1<<12 || c.Downsamples > 12 {
		return nil, fmt.Errorf("the autoencoder is for images of %d·2^%d pixels, which is too many", side, c.Downsamples)
	}
	c.Size = side << c.Downsamples
	return &c, c.Validate()
}

// large reads the sizes of the autoencoder of ResNet-101 and BigGAN.
func (s tensorShapes) large(decoder string) (*Autoencoder256Config, error) {
	var c Autoencoder256Config
	err := s.axes(
		axisOf{&c.Latent, decoder + "map_to_class_embedding.main.0.weight", 1},
		axisOf{&c.Width, decoder + "decoder.colorize.module.weight_bar", 1},
	)
	if err != nil {
		return nil, err
	}
	return &c, c.Validate()
}

// flow reads the sizes of the flow. Whether its blocks have an activation cannot be read off: those of the
// published models have none.
func (s tensorShapes) flow(prefix string) (*FlowConfig, error) {
	network := prefix + "sub_layers.0.coupling.s.0.main."
	embedder := prefix + "embedder.main."
	c := FlowConfig{Blocks: s.count(escape(prefix) + "sub_layers.%d.norm_layer.loc")}
	var inputs int
	err := s.axes(
		axisOf{&c.Dim, prefix + "sub_layers.0.norm_layer.loc", 1},
		axisOf{&c.Hidden, network + "0.weight", 0},
		axisOf{&inputs, network + "0.weight", 1},
		axisOf{&c.Collections, embedder + "0.weight", 1},
		axisOf{&c.EmbedderHidden, embedder + "0.weight", 0},
	)
	if err != nil {
		return nil, err
	}
	c.Embedding = inputs - c.Dim/2
	c.Depth = s.linears(network, 2) - 2
	step := 2
	if _, c.BatchNorm = s.file.Lookup(embedder + "1.running_mean"); c.BatchNorm {
		step = 3
	}
	c.EmbedderDepth = s.linears(embedder, step) - 2
	return &c, c.Validate()
}

// linears counts the linear layers of a perceptron, whose numbers are step apart.
func (s tensorShapes) linears(prefix string, step int) int {
	for n := 0; ; n++ {
		if _, ok := s.file.Lookup(fmt.Sprintf("%s%d.weight", prefix, n*step)); !ok {
			return n
		}
	}
}

// escape makes a text safe as a part of a format.
func escape(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// example lists some names of a file.
func (s tensorShapes) example() string {
	var names []string
	for _, t := range s.file.Tensors() {
		if names = append(names, t.Name); len(names) == 3 {
			break
		}
	}
	return strings.Join(names, ", ")
}
