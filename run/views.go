package run

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
)

// Views reads images of the collections of d, which are those of c, again, framed as every collection is. It is nil where
// all are framed alike.
func Views(d *collection.Dataset, c Config) audit.Views {
	sources := c.Data.Sources
	if !slices.ContainsFunc(sources, func(s Source) bool { return s.Frame != sources[0].Frame }) {
		return nil
	}
	return func(ctx context.Context, number int, rows []int) ([][]float32, error) {
		options, err := c.Images()
		if err != nil {
			return nil, err
		}
		specs, err := c.Specs()
		if err != nil {
			return nil, err
		}
		width := d.Size * d.Size * d.Channels
		views := make([][]float32, len(specs))
		for k := range views {
			views[k] = make([]float32, len(rows)*width)
		}
		place := make(map[string]int, len(rows)) // of a file among the rows
		files := make([]string, len(rows))
		for i, row := range rows {
			files[i] = d.Collections[number].Items[row].File
			place[files[i]] = i
		}
		var mu sync.Mutex // of err and seen
		seen := 0
		visit := func(f collection.File) {
			var failed error
			if f.Picture == nil {
				failed = fmt.Errorf("image %q of %s: %s", f.Name, specs[number].Name, f.Reason)
			}
			for k := range views {
				if failed != nil {
					break
				}
				framing := Framing{specs[k].Frame, c.Data.Framing(number).Depth} // its values are what they are among its own collection's
				pixels, squareErr := f.Picture.Square(framing.In(options))
				if failed = squareErr; failed == nil {
					collection.Floats(views[k][place[f.Name]*width:][:width], pixels)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			seen++
			if err == nil {
				err = failed
			}
		}
		if readErr := collection.Revisit(ctx, specs[number], files, visit); readErr != nil {
			return nil, readErr
		}
		if err == nil && seen != len(rows) {
			err = fmt.Errorf("%d images of %s are no longer there", len(rows)-seen, specs[number].Name)
		}
		return views, err
	}
}
