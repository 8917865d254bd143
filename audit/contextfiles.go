package audit

import (
	"context"
	"math"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/quality"
)

// fileProperties are what the original files tell, of the attributes of package quality.
var fileProperties = []string{"side", "bytes_per_pixel", "jpeg_quality"}

// compareFiles compares the original files of both sides: what a model is told apart by that sees them at one size
// may be how they were made.
func (d *drift) compareFiles(ctx context.Context) error {
	if d.settings.Files == nil {
		return nil
	}
	fresh, err := d.settings.Files(ctx, -1, d.in.Row)
	if err != nil {
		return err
	}
	own := make([]*quality.Measurements, len(d.rows))
	for _, c := range d.settings.Against {
		var places, rows []int
		for i, row := range d.rows {
			if d.Collection[row] == c {
				places, rows = append(places, i), append(rows, d.Row[row])
			}
		}
		if len(rows) == 0 {
			continue
		}
		measured, err := d.settings.Files(ctx, c, rows)
		if err != nil {
			return err
		}
		for k, i := range places {
			own[i] = measured[k]
		}
	}
	for _, name := range fileProperties {
		a, _ := quality.AttributeOf(name)
		of := func(list []*quality.Measurements) []float64 {
			values := make([]float64, len(list))
			for i, m := range list {
				values[i] = math.NaN()
				if m != nil {
					values[i] = a.Of(m)
				}
			}
			return values
		}
		before, after := of(own), of(fresh)
		if same(before, after) {
			continue // all files are alike in it
		}
		if err := d.compareNumbers(property{name, a.More, a.Less}, before, after); err != nil {
			return err
		}
		if column := append(before, after...); !hasNaN(column) {
			x := measure.NewMatrix(len(column), 1)
			for i, v := range column {
				x.Data[i] = float32(math.Log(v + 1e-3))
			}
			d.properties = beside([]measure.Matrix{d.properties, x})
		}
	}
	return nil
}

// same says whether all numbers of both sides are one.
func same(a, b []float64) bool {
	for _, list := range [][]float64{a, b} {
		for _, v := range list {
			if v != a[0] {
				return false
			}
		}
	}
	return true
}

func hasNaN(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) {
			return true
		}
	}
	return false
}
