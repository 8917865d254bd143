package run

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/dataprism/dataprism/trial"
	"github.com/gomlx/compute"
)

// TrialsDir is the folder of a run with its trials, each in a folder of its own.
const TrialsDir = "trials"

// OpenSource reads a run and its collections for trials; seed is that of the run. The caller closes the collections of
// what it returns.
func (x Examination) OpenSource(ctx context.Context, backend compute.Backend) (source trial.Source, inputs map[string]string, seed uint64, err error) {
	m, err := x.read(ctx, backend)
	if err != nil {
		return source, nil, 0, err
	}
	inputs = map[string]string{"images": m.data.Key()}
	for _, name := range []string{ConfigFile, WeightsFile} {
		if inputs[name], err = Digest(filepath.Join(x.Dir, name)); err != nil {
			return source, nil, 0, errors.Join(err, m.data.Close())
		}
	}
	return trial.Source{Prism: m.prism, Data: m.data, Options: m.options, Views: Views(m.data, m.config), Backend: backend, Key: inputs["images"] + " " + inputs[WeightsFile]}, inputs, m.config.Seed, nil
}
