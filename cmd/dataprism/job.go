package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/train"
	"github.com/dataprism/dataprism/prism"
)

// Files that a job leaves in the run folder beside those of training.
const (
	evaluationFile = "evaluation.json"
	samplesDir     = "samples"
)

// job is one training with all that follows from it, as train and demo do it.
type job struct {
	dir, cache     string
	strict, resume bool
	whole          bool // leave collections framed as they are
	progress       *progress
}

// train reads the collections of run, trains, writes the grids and the evaluation, and returns the latter.
func (j *job) train(ctx context.Context, backendName string, run train.Run) (*audit.Evaluation, error) {
	backend, err := openBackend(backendName)
	if err != nil {
		return nil, err
	}
	defer backend.Finalize()
	options, err := imageOptions(run.Run)
	if err != nil {
		return nil, err
	}
	options.CacheDir, options.Strict, options.Progress = j.cache, j.strict, j.progress.images
	run, d, err := j.data(ctx, run, options)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if err := os.MkdirAll(filepath.Join(j.dir, samplesDir), 0o755); err != nil {
		return nil, err
	}
	p, err := train.Train(ctx, backend, d, run, train.Options{
		Dir: j.dir, Resume: j.resume, Progress: j.progress.step,
		Preview: func(p *prism.Prism, phase string, step int) error {
			return preview(p, d, filepath.Join(j.dir, samplesDir), phase, step)
		},
	})
	if err != nil {
		return nil, err
	}
	return j.evaluate(ctx, p, d, run.Seed)
}

// data reads the collections of a run and makes its folder. For a new run it first finds the frames in which the
// collections show their subjects alike.
func (j *job) data(ctx context.Context, run train.Run, options collection.Options) (train.Run, *collection.Dataset, error) {
	if j.resume {
		if begun, err := train.ReadRun(j.dir); err == nil {
			run.Data.Sources = begun.Data.Sources
		}
	}
	d, err := openData(ctx, run.Run, options)
	if err != nil {
		return run, nil, err
	}
	if changed := !j.resume && !j.whole && j.frame(d, run.Data.Sources); changed {
		d.Close()
		if d, err = openData(ctx, run.Run, options); err != nil {
			return run, nil, err
		}
	}
	describe(j.progress, d)
	run, err = train.Prepare(j.dir, run, j.resume)
	if err != nil {
		d.Close()
	}
	return run, d, err
}

// frame sets the frames of the sources and says whether one of them cuts anything.
func (j *job) frame(d *collection.Dataset, sources []prism.Source) bool {
	changed := false
	for i, f := range d.CommonFrames() {
		sources[i].Frame = f
		if !f.Whole() {
			changed = true
			j.progress.note("%s: cut to %.0f%% of each side, so that it is framed like the others (--whole keeps all of it)", sources[i].Name, 100*f.Side)
		}
	}
	return changed
}

// evaluate measures p on the held-out images and writes evaluation.json; it also calibrates p for images from outside.
func (j *job) evaluate(ctx context.Context, p *prism.Prism, d *collection.Dataset, seed uint64) (*audit.Evaluation, error) {
	j.progress.note("measuring on held-out images")
	heldOut, err := audit.See(ctx, p, d, seed)
	if err != nil {
		return nil, err
	}
	fit, err := heldOut.Fit()
	if err != nil {
		return nil, err
	}
	if err := p.SetFit(fit); err != nil {
		return nil, err
	}
	if err := p.Save(j.dir); err != nil {
		return nil, err
	}
	evaluation, err := audit.Evaluate(ctx, heldOut, audit.Settings{Seed: seed, Progress: func(what string) { j.progress.show("measuring " + what) }})
	j.progress.close()
	if err != nil {
		return nil, err
	}
	return evaluation, audit.WriteEvaluation(filepath.Join(j.dir, evaluationFile), evaluation)
}
