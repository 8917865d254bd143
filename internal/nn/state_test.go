package nn

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func TestAveragesAreSwappedAndCopied(t *testing.T) {
	store := model.NewStore()
	set := func(path string, values ...float32) {
		t.Helper()
		if err := Set(store, path, values, len(values)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(path string, want ...float32) {
		t.Helper()
		v := store.GetVariable(path)
		if v == nil {
			t.Fatalf("there is no %s", path)
		}
		if got := tensors.MustCopyFlatData[float32](v.MustValue()); !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	set("/net/weight", 1, 2)
	set("/net/buffer", 3)
	set("/"+EMAScope+"/net/weight", 4, 5)

	for _, weight := range [][]float32{{4, 5}, {1, 2}} {
		if err := SwapAverages(store); err != nil {
			t.Fatal(err)
		}
		check("/net/weight", weight...)
		check("/net/buffer", 3)
	}
	if err := CopyScope(store, EMAScope, "kept"); err != nil {
		t.Fatal(err)
	}
	set("/"+EMAScope+"/net/weight", 6, 7)
	check("/kept/net/weight", 4, 5)
	if err := CopyScope(store, EMAScope, ""); err != nil {
		t.Fatal(err)
	}
	check("/net/weight", 6, 7)
	check("/net/buffer", 3)
	set("/net/weight", 8, 9)
	check("/"+EMAScope+"/net/weight", 6, 7)
}
