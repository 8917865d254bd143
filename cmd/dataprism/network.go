package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/network"
	"github.com/dataprism/dataprism/run"
	"github.com/gomlx/compute"
	"github.com/spf13/cobra"
)

// networkFlags name networks of the user's.
type networkFlags struct {
	features, output, scale string
	classifiers             []string
	scaled                  func() bool // whether scale is given
}

func (f *networkFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.features, "features", "", "network in whose features made images are compared with real ones: an ONNX file, or Inception's weights as safetensors or .pth (default: the run's own encoder)")
	flags.StringVar(&f.output, "features-output", "", "name of what is taken of an ONNX network (default: its first output)")
	flags.StringArrayVar(&f.classifiers, "classifier", nil, "ONNX file of a judge of a label, as NAME=FILE or NAME:VALUE,VALUE=FILE with its classes in their order (repeatable)")
	flags.StringVar(&f.scale, "network-scale", string(network.ImageNet), "values that ONNX networks take: signed (-1 to 1), unit (0 to 1), byte (0 to 255) or imagenet")
	f.scaled = func() bool { return flags.Changed("network-scale") }
}

// apply reads the networks for an examination. What of them cannot be used is known before the work.
func (f networkFlags) apply(engine compute.Backend, x *run.Examination) error {
	scale, err := network.ParseScale(f.scale)
	if err != nil {
		return usage("--network-scale: %w", err)
	}
	if f.features == "" && len(f.classifiers) == 0 {
		return nil
	}
	config, err := run.ReadConfig(x.Dir)
	if err != nil {
		return err
	}
	side, _ := config.Model.Size()
	x.Files = map[string]string{}
	if f.features != "" {
		space, err := f.space(engine, scale, side)
		if err != nil {
			return err
		}
		x.Files["features "+filepath.Base(f.features)] = f.features
		x.Settings.Features = space
	}
	for _, given := range f.classifiers {
		name, path, ok := strings.Cut(given, "=")
		label, values, named := strings.Cut(name, ":")
		if !ok || label == "" || path == "" || named && values == "" {
			return usage("--classifier %s: it is given as NAME=FILE, or NAME:VALUE,VALUE=FILE", given)
		}
		n, err := network.Open(engine, path, "", scale, side)
		if err != nil {
			return fmt.Errorf("--classifier: %w", err)
		}
		c := audit.Classifier{Attribute: label, Classes: n.Classes(), Of: n.Classify}
		if named {
			c.Values = strings.Split(values, ",")
		}
		x.Files["classifier "+label] = path
		x.Settings.Classifiers = append(x.Settings.Classifiers, c)
	}
	return nil
}

// space are the features that --features names.
func (f networkFlags) space(engine compute.Backend, scale network.Scale, side int) (*audit.FeatureSpace, error) {
	file := filepath.Base(f.features)
	if !network.HoldsWeights(f.features) {
		n, err := network.Open(engine, f.features, f.output, scale, side)
		if err != nil {
			return nil, fmt.Errorf("--features: %w", err)
		}
		return &audit.FeatureSpace{Name: fmt.Sprintf("%s (%s)", file, n.Takes()), Of: n.Run}, nil
	}
	switch {
	case f.output != "":
		return nil, usage("--features-output is for ONNX networks: of the weights of Inception v3 in %s the features of FID are made", file)
	case f.scaled() && len(f.classifiers) == 0:
		return nil, usage("--network-scale is for ONNX networks: with the weights of Inception v3 in %s images are prepared as for FID", file)
	}
	n, err := network.OpenInception(engine, f.features)
	if err != nil {
		return nil, fmt.Errorf("--features: %w", err)
	}
	return &audit.FeatureSpace{Name: fmt.Sprintf("Inception v3, pool3 (%s)", file), Of: n.Run}, nil
}
