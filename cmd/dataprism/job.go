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
	d, err := openData(ctx, run.Run, options)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	describe(j.progress, d)
	if run, err = train.Prepare(j.dir, run, j.resume); err != nil {
		return nil, err
	}
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
