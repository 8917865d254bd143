package net2net

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Report says how a file's tensors and a network's parameters differ.
type Report struct {
	Missing    []string // parameters that the file does not have
	Unexpected []string // tensors of the file that the network does not have
}

// Err is nil when nothing is missing and nothing unexpected.
func (r Report) Err() error {
	var problems []error
	list := func(what string, names []string) {
		const most = 5
		if len(names) == 0 {
			return
		}
		problems = append(problems, fmt.Errorf("%d %s: %s", len(names), what, listing.First(names, most)))
	}
	list("weights are missing", r.Missing)
	list("weights are not of this network", r.Unexpected)
	return errors.Join(problems...)
}

// importParams sets the parameters in the scope from the file's tensors, whose names have this prefix before the
// parameters' own. It is an error when a tensor has another shape; what is missing or unexpected is
// reported, and left to the caller.
func importParams(scope *model.Scope, parameters []Param, file *weights.File, prefix string) (Report, error) {
	var report Report
	known := make(map[string]bool, len(parameters))
	for _, p := range parameters {
		known[p.Name] = true
		if _, ok := file.Lookup(prefix + p.Name); !ok {
			report.Missing = append(report.Missing, p.Name)
			continue
		}
		values, err := file.Float32s(prefix+p.Name, p.Shape...)
		if err != nil {
			return report, err
		}
		if err := p.Set(scope, values); err != nil {
			return report, err
		}
	}
	for _, t := range file.Tensors() {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok && !known[name] {
			report.Unexpected = append(report.Unexpected, name)
		}
	}
	return report, nil
}

// exportParams adds the parameters in the scope to the file, with the reference's names after the prefix, its
// axes and its types.
func exportParams(scope *model.Scope, parameters []Param, file *weights.File, prefix string) error {
	for _, p := range parameters {
		variable := scope.GetVariable(p.Name)
		if variable == nil {
			return fmt.Errorf("weight %q is not in the model", p.Name)
		}
		value, err := variable.Value()
		if err != nil {
			return fmt.Errorf("weight %q: %w", p.Name, err)
		}
		values, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return fmt.Errorf("weight %q: %w", p.Name, err)
		}
		if len(values) != p.size() {
			return fmt.Errorf("weight %q: the model has %d values, the reference's shape is %v", p.Name, len(values), p.Shape)
		}
		if err := p.put(file, prefix+p.Name, p.ToFile(values)); err != nil {
			return err
		}
	}
	return nil
}

// put adds the values in the reference's type.
func (p Param) put(file *weights.File, name string, values []float32) error {
	switch p.DType {
	case weights.I64:
		return weights.Put(file, name, p.Shape, converted[int64](values))
	case weights.U8:
		return weights.Put(file, name, p.Shape, converted[uint8](values))
	default:
		return weights.Put(file, name, p.Shape, values)
	}
}

func converted[T uint8 | int64](values []float32) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(v)
	}
	return out
}
