package prism

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
)

func TestBatchesOfImagesAreFilledAndThoseOfLatentsPadded(t *testing.T) {
	s := &graphs{images: imageBatches, encode: new(model.Exec), decode: new(model.Exec), codes: new(model.Exec)}
	for _, test := range []struct {
		exec    *model.Exec
		n       int
		batches []int
	}{
		{s.encode, 1, []int{1}}, {s.decode, 3, []int{2, 1}}, {s.encode, 7, []int{4, 2, 1}}, {s.decode, 75, []int{64, 8, 2, 1}},
		{s.codes, 1, []int{1}}, {s.codes, 3, []int{8}}, {s.codes, 9, []int{64}}, {s.codes, 70, []int{64, 8}},
	} {
		var batches []int
		for left := test.n; left > 0; left -= batches[len(batches)-1] {
			batches = append(batches, s.batch(test.exec, left))
		}
		if !slices.Equal(batches, test.batches) {
			t.Errorf("%d rows are cut into %v, want %v", test.n, batches, test.batches)
		}
	}
}
