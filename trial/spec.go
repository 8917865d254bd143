package trial

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Spec is a trial as it is asked for. In YAML its fields are the flags of the command.
type Spec struct {
	Label   string   // to predict; LABEL=VALUE is that value against all others
	Group   string   // label between whose values gaps are measured; may be empty
	Context string   // label that may be a shortcut: tests are also split into images whose pair with Label is common and rare
	Experts []Expert // the first is the control
	Tests   []string // collections, or lists of paths; empty is every collection
	Seeds   int      // fits to training units drawn again; 0 is none, and intervals then cover the test images alone
	Effect  float64  // the smallest difference that matters
	Steps   int      // of the optimiser, of experts that are fitted by steps
	Seed    uint64
}

// Defaults of a Spec.
const (
	DefaultSeeds  = 5
	DefaultEffect = 0.05
	DefaultSteps  = 600
)

// file is a Spec in YAML.
type file struct {
	Label   string   `yaml:"label"`
	Group   string   `yaml:"group"`
	Context string   `yaml:"context"`
	Experts []string `yaml:"expert"`
	Tests   []string `yaml:"test"`
	Seeds   *int     `yaml:"seeds"`
	Effect  *float64 `yaml:"effect"`
	Steps   *int     `yaml:"steps"`
	Seed    uint64   `yaml:"seed"`
}

// ReadSpec reads a trial in YAML: the keys label, group, context, expert and test (lists), seeds, effect, steps, seed.
func ReadSpec(text []byte) (Spec, error) {
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return Spec{}, err
	}
	s := Spec{Label: f.Label, Group: f.Group, Context: f.Context, Tests: f.Tests, Seed: f.Seed,
		Seeds: DefaultSeeds, Effect: DefaultEffect, Steps: DefaultSteps}
	if f.Seeds != nil {
		s.Seeds = *f.Seeds
	}
	if f.Effect != nil {
		s.Effect = *f.Effect
	}
	if f.Steps != nil {
		s.Steps = *f.Steps
	}
	for _, text := range f.Experts {
		e, err := ParseExpert(text)
		if err != nil {
			return s, err
		}
		s.Experts = append(s.Experts, e)
	}
	return s, nil
}

// FieldError says which part of a trial cannot be meant.
type FieldError struct{ Field, Reason string }

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Reason) }

// Validate says what of the trial cannot be meant, before anything is opened.
func (s Spec) Validate() error {
	switch {
	case s.Label == "":
		return &FieldError{"label", "name the label that experts are to predict"}
	case len(s.Experts) == 0:
		return &FieldError{"expert", "name at least one, such as real=lfw: the first is the control"}
	case s.Seeds == 1 || s.Seeds < 0 || s.Seeds > 100:
		return &FieldError{"seeds", fmt.Sprintf("is %d, but must be 0, or from 2 to 100", s.Seeds)}
	case !(s.Effect > 0 && s.Effect < 1):
		return &FieldError{"effect", fmt.Sprintf("is %g, but must lie between 0 and 1", s.Effect)}
	case s.Steps < 1 || s.Steps > 1e6:
		return &FieldError{"steps", fmt.Sprintf("is %d, but must be from 1 to 1000000", s.Steps)}
	}
	var names []string
	for _, e := range s.Experts {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, e.Name) }) {
			return &FieldError{"expert", fmt.Sprintf("two are called %s", e.Name)}
		}
		names = append(names, e.Name)
		if err := checkMethod(e); err != nil {
			return &FieldError{"expert " + e.Name, err.Error()}
		}
		if e.Weights == Even && s.Context == "" {
			return &FieldError{"expert " + e.Name, "its weights are to be even over a context: name one with --context"}
		}
	}
	for _, t := range s.Tests {
		if strings.TrimSpace(t) == "" {
			return &FieldError{"test", "an empty one is named"}
		}
	}
	return nil
}

// IsUsage says whether an error is of what was asked for, and not of the work.
func IsUsage(err error) bool {
	var syntax *SyntaxError
	var field *FieldError
	var label *LabelError
	return errors.As(err, &syntax) || errors.As(err, &field) || errors.As(err, &label)
}
