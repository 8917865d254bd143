package run

import (
	"context"
	"path/filepath"

	"github.com/dataprism/dataprism/trial"
	"github.com/gomlx/compute"
)

// TrialsDir is the folder of a run with its trials, each in a folder of its own.
const TrialsDir = "trials"

// OpenSource reads a run and its collections for trials; seed is that of the run. The caller closes the collections of
// what it returns.
func (x Examination) OpenSource(ctx context.Context, backend compute.Backend) (source trial.Source, inputs map[string]string, seed uint64, err error) {
	p, c, err := Open(backend, x.Dir)
	if err != nil {
		return source, nil, 0, err
	}
	if err := p.Complete(); err != nil {
		return source, nil, 0, err
	}
	options, err := c.Images()
	if err != nil {
		return source, nil, 0, err
	}
	options.CacheDir, options.Progress = x.Cache, x.Watch.Images
	d, err := OpenData(ctx, c, options)
	if err != nil {
		return source, nil, 0, err
	}
	if err := c.SameImages(x.Dir, d); err != nil {
		x.Watch.note("%v: what is called held out here may have been trained on", err)
	}
	inputs = map[string]string{"images": d.Key()}
	for _, name := range []string{ConfigFile, WeightsFile} {
		if inputs[name], err = Digest(filepath.Join(x.Dir, name)); err != nil {
			d.Close()
			return source, nil, 0, err
		}
	}
	return trial.Source{Prism: p, Data: d, Options: options, Backend: backend, Key: inputs["images"] + " " + inputs[WeightsFile]}, inputs, c.Seed, nil
}
