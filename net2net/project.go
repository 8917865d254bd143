package net2net

import (
	"errors"
	"fmt"
	"os"

	"github.com/dataprism/dataprism/collection"
	"gopkg.in/yaml.v3"
)

// Project is what a project's YAML file says that its checkpoint does not.
type Project struct {
	// Collections are those under the key "collections" at the top of the file: a list of names, or names with
	// paths as [collection.ReadSpecs] reads them. Names alone have an empty Path.
	Collections []collection.Spec
	// Activation says that a mapping under the key "flow_config" or "flow" sets "activation" to "lrelu".
	Activation bool
}

// ReadProject reads a project's YAML file: one of the published code's, one of ours, or both in one. Keys that are
// not those of Project are left alone.
func ReadProject(path string) (*Project, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the project's configuration: %w", err)
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p := &Project{}
	top := mapping(&tree)
	if top == nil {
		return nil, fmt.Errorf("%s is not a YAML file with keys and values", path)
	}
	if p.Activation, err = activation(top, false); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	names, plain := scalars(top["collections"])
	switch {
	case plain:
		p.Collections, err = Names(names)
	case top["collections"] != nil:
		p.Collections, err = collection.ReadSpecs(path)
	}
	return p, err
}

// Names are collections of which no more is known.
func Names(names []string) ([]collection.Spec, error) {
	var specs []collection.Spec
	for _, name := range names {
		s, err := collection.ParseSpec(name + "=.") // checks the name
		if err != nil {
			return nil, err
		}
		s.Path = ""
		specs = append(specs, s)
	}
	return specs, nil
}

// activation looks for the activation of a flow's blocks.
func activation(at map[string]*yaml.Node, inFlow bool) (bool, error) {
	if value := at["activation"]; inFlow && value != nil {
		switch value.Value {
		case "lrelu":
			return true, nil
		case "none", "None", "null", "~", "":
			return false, nil
		}
		return false, fmt.Errorf("line %d: the flow's activation is %q: %w", value.Line, value.Value, errUnknownActivation)
	}
	for key, value := range at {
		found, err := activation(mapping(value), inFlow || key == "flow_config" || key == "flow")
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

var errUnknownActivation = errors.New("none and lrelu are known here")

// mapping returns the values of a mapping by their keys, and nil for other nodes.
func mapping(n *yaml.Node) map[string]*yaml.Node {
	if n != nil && n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	if n == nil || n.Kind != yaml.MappingNode { // an alias may refer to what holds it, and is not followed
		return nil
	}
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		values[n.Content[i].Value] = n.Content[i+1]
	}
	return values
}

// scalars returns the texts of a list of nothing else.
func scalars(n *yaml.Node) ([]string, bool) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil, false
	}
	var texts []string
	for _, each := range n.Content {
		if each.Kind != yaml.ScalarNode {
			return nil, false
		}
		texts = append(texts, each.Value)
	}
	return texts, true
}
