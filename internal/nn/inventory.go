package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// inventoryParam is the hyper-parameter (*Inventory, at the root) of a store that was closed.
const inventoryParam = "inventory"

// Inventory knows which weights of a closed store were asked for.
type Inventory struct {
	store *model.Store
	asked map[string]bool
}

// MissingWeightError says that a network asks for a weight that its store does not hold.
type MissingWeightError struct {
	Name string // the path without the leading slash
	Dims []int
}

func (e *MissingWeightError) Error() string {
	return fmt.Sprintf("weight %q of shape %v is missing", e.Name, e.Dims)
}

// Close ends the making of weights in the store: [Weight] and [Buffer] of one that it does not hold panic with a
// *[MissingWeightError], where they would otherwise make it with its initial value. [Set] goes on making them.
func Close(store *model.Store) *Inventory {
	i := &Inventory{store, map[string]bool{}}
	store.RootScope().SetParam(inventoryParam, i)
	return i
}

// ask notes that a weight of a closed store is asked for, or panics where it is not there.
func ask(scope *model.Scope, name string, there bool, dims []int) {
	i := model.GetRootParamOr(scope.Store(), inventoryParam, (*Inventory)(nil))
	if i == nil {
		return
	}
	path := model.JoinPath(scope.Scope(), name)
	if !there {
		panic(&MissingWeightError{strings.TrimPrefix(path, "/"), dims})
	}
	i.asked[path] = true
}

// Unasked are the weights that the store holds and nobody asked for since it was closed, without the leading slash,
// in the order of their names.
func (i *Inventory) Unasked() []string {
	var names []string
	for v := range i.store.IterVariables() {
		if !i.asked[v.Path()] {
			names = append(names, strings.TrimPrefix(v.Path(), "/"))
		}
	}
	slices.Sort(names)
	return names
}
