package run

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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

// OpenData reads the collections of a run. options are those of [Config.Images], with the caller's cache and progress.
func OpenData(ctx context.Context, c Config, options collection.Options) (*collection.Dataset, error) {
	specs, err := c.Specs()
	if err != nil {
		return nil, err
	}
	return collection.Open(ctx, specs, options)
}

// ExistsError says that a folder already holds a run.
type ExistsError struct{ Dir string }

func (e *ExistsError) Error() string {
	return e.Dir + " already holds a run: continue it with --resume, or choose another folder"
}

// create makes the folder of a run and writes its config.yaml, or, with resume, reads the one that is there. A folder
// that holds a run is refused without resume.
func create(dir string, c Config, resume bool) (Config, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	if _, err := os.Stat(filepath.Join(dir, ConfigFile)); err == nil {
		if !resume {
			return c, &ExistsError{dir}
		}
		return readTraining(dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return c, err
	}
	return c, c.write(dir)
}
