package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Save adds every float32 variable of the store whose path starts with one of the prefixes ("/flow/", say; none means
// all) to the file, under its path without the leading slash, in the order of the names. The values are read when the
// file is written, and must not change until then.
func Save(store *model.Store, file *weights.File, prefixes ...string) error {
	var variables []*model.Variable
	for v := range store.IterVariables() {
		if len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(v.Path(), p) }) {
			variables = append(variables, v)
		}
	}
	slices.SortFunc(variables, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for _, v := range variables {
		value, err := v.Value()
		if err == nil {
			err = file.PutFrom(strings.TrimPrefix(v.Path(), "/"), v.Shape().Dimensions, func(write func([]float32) error) error {
				var failed error
				err := tensors.ConstFlatData(value, func(flat []float32) { failed = write(flat) })
				return errors.Join(err, failed)
			})
		}
		if err != nil {
			return fmt.Errorf("saving %s: %w", v.Path(), err)
		}
	}
	return nil
}

// NotFinite is the path of a float32 variable of the store that holds a NaN or an infinity, or "" where there is
// none.
func NotFinite(store *model.Store) (path string, err error) {
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", v.Path(), err)
		}
		if value.DType() != dtypes.Float32 {
			continue
		}
		if err := tensors.ConstFlatData(value, func(flat []float32) {
			for _, x := range flat {
				if x-x != 0 && (path == "" || v.Path() < path) {
					path = v.Path()
					return
				}
			}
		}); err != nil {
			return "", fmt.Errorf("reading %s: %w", v.Path(), err)
		}
	}
	return path, nil
}

// Load makes a variable of each tensor of the file, or sets the one that is there. It is an error when a
// variable of the store has another shape.
func Load(store *model.Store, file *weights.File) error {
	for _, t := range file.Tensors() {
		value := tensors.FromShape(shapes.Make(dtypes.Float32, t.Shape...))
		var broken error
		err := tensors.MutableFlatData(value, func(flat []float32) { broken = t.ReadFloat32s(flat) })
		if err := errors.Join(err, broken); err != nil {
			return err
		}
		if err := set(store, "/"+t.Name, value); err != nil {
			return err
		}
	}
	return nil
}

// Set gives the variable at path (from the root, with a leading slash) these values, making it where it is not there.
func Set(store *model.Store, path string, values []float32, dims ...int) error {
	return set(store, path, tensors.FromFlatDataAndDimensions(values, dims...))
}

func set(store *model.Store, path string, value *tensors.Tensor) error {
	if v := store.GetVariable(path); v != nil {
		if dims := value.Shape().Dimensions; !slices.Equal(v.Shape().Dimensions, dims) {
			return fmt.Errorf("weight %s has shape %v, the model expects %v", path, dims, v.Shape().Dimensions)
		}
		return v.SetValue(value)
	}
	_, err := store.CreateVariable(path, value)
	return err
}

// Float64s are the values of a weight, wider.
func Float64s(v *model.Variable) []float64 {
	flat := tensors.MustCopyFlatData[float32](v.MustValue())
	values := make([]float64, len(flat))
	for i, x := range flat {
		values[i] = float64(x)
	}
	return values
}

// CopyScope sets the variable of each path below the scope to, "" for the root, to that of the same path below from, and
// makes it where it is not there. From [EMAScope] to the root, it puts moving averages in place of weights.
func CopyScope(store *model.Store, from, to string) error {
	prefix := model.JoinPath("/", from) + "/"
	var sources []*model.Variable // making variables must not disturb the walk
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), prefix) {
			sources = append(sources, v)
		}
	}
	for _, v := range sources {
		value, err := v.Value()
		if err != nil {
			return err
		}
		values, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return err
		}
		if err := Set(store, model.JoinPath("/", to, strings.TrimPrefix(v.Path(), prefix)), values, v.Shape().Dimensions...); err != nil {
			return err
		}
	}
	return nil
}

// SwapAverages exchanges the weights for their moving averages, where there are any; twice is as if never.
func SwapAverages(store *model.Store) error {
	for v := range store.IterVariables() {
		average := store.GetVariable(model.JoinPath("/", EMAScope, v.Path()))
		if average == nil {
			continue
		}
		a, err := v.Value()
		if err != nil {
			return err
		}
		b, err := average.Value()
		if err != nil {
			return err
		}
		if err := errors.Join(v.SetValuePreservingOld(b), average.SetValuePreservingOld(a)); err != nil {
			return err
		}
	}
	return nil
}

// Trainable lists the trainable variables whose path starts with one of the prefixes, by name.
func Trainable(store *model.Store, prefixes ...string) []*model.Variable {
	var list []*model.Variable
	for v := range store.IterVariables() {
		if v.Trainable && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(v.Path(), p) }) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	return list
}
