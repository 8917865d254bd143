package run

import (
	"context"
	"errors"
	"io/fs"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/compute"
)

// Open reads the trained prism of the run in dir.
func Open(backend compute.Backend, dir string) (*prism.Prism, Config, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, c, err
	}
	p, err := prism.Read(backend, weightsPath(dir), c.Model)
	if errors.Is(err, fs.ErrNotExist) {
		err = &NoRunError{dir, "its training has not finished: continue it with train --resume"}
	}
	return p, c, err
}

// OpenData reads the collections of a run. options are those of [Config.Images], with the caller's cache and
// progress.
func OpenData(ctx context.Context, c Config, options collection.Options) (*collection.Dataset, error) {
	specs, err := c.Specs()
	if err != nil {
		return nil, err
	}
	return collection.Open(ctx, specs, options)
}
