package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/train"
	"github.com/gomlx/compute"
)

// Job is one training with all that follows from it.
type Job struct {
	Dir    string // the run folder
	Cache  string // folder for prepared images; empty is the user's cache folder
	Strict bool   // fail on the first image that cannot be read
	Whole  bool   // leave collections framed as they are
	Resume bool   // continue the run in the folder

	Watch Watch
}

// Watch hears of a job's progress. Each of its functions may be nil.
type Watch struct {
	Note   func(line string)           // something worth keeping
	Images func(collection.Progress)   // a collection is being read
	Read   func(d *collection.Dataset) // what was read of the collections
	Step   func(e train.Event)         // a step of training
	Doing  func(audit.Progress)        // something is measured
}

func (w Watch) note(format string, args ...any) {
	if w.Note != nil {
		w.Note(fmt.Sprintf(format, args...))
	}
}

// Train reads the collections of c, trains, draws grids on the way, measures on held-out images, and returns what was
// measured. All of it lies in the job's folder then.
func (j *Job) Train(ctx context.Context, backend compute.Backend, c Config) (*audit.Evaluation, error) {
	c, d, err := j.data(ctx, c)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	samples := filepath.Join(j.Dir, SamplesDir)
	if err := os.MkdirAll(samples, 0o755); err != nil {
		return nil, err
	}
	p, err := train.Train(ctx, backend, d, c.Task(), train.Options{
		Dir: j.Dir, Resume: j.Resume, Progress: j.Watch.Step, Note: j.Watch.Note,
		Preview: func(p *prism.Prism, phase string, step int) error { return preview(p, d, samples, phase, step) },
	})
	if err != nil {
		return nil, err
	}
	if err := p.Write(weightsPath(j.Dir)); err != nil {
		return nil, err
	}
	return j.evaluate(ctx, p, d, c)
}

// data reads the collections of a run and makes its folder. For a new run it first finds the frames in which the
// collections show their subjects alike.
func (j *Job) data(ctx context.Context, c Config) (Config, *collection.Dataset, error) {
	options, err := c.Images()
	if err != nil {
		return c, nil, err
	}
	options.CacheDir, options.Strict, options.Progress = j.Cache, j.Strict, j.Watch.Images
	if j.Resume {
		begun, err := readTraining(j.Dir)
		if err == nil {
			c.Data.Sources = begun.Data.Sources
		} else if none := new(NoRunError); !errors.As(err, &none) {
			return c, nil, err
		}
	}
	d, err := OpenData(ctx, c, options)
	if err != nil {
		return c, nil, err
	}
	if changed := !j.Resume && !j.Whole && j.frame(d, c.Data.Sources); changed {
		d.Close()
		if d, err = OpenData(ctx, c, options); err != nil {
			return c, nil, err
		}
	}
	if j.Watch.Read != nil {
		j.Watch.Read(d)
	}
	if c, err = create(j.Dir, c, j.Resume); err != nil {
		d.Close()
	}
	return c, d, err
}

// readTraining reads the config.yaml of a run that is trained here.
func readTraining(dir string) (Config, error) {
	c, err := ReadConfig(dir)
	if err == nil && c.Training == nil {
		err = fmt.Errorf("%s holds a model that was imported: it has no training to continue", dir)
	}
	return c, err
}

// frame sets the frames of the sources and says whether one of them cuts anything.
func (j *Job) frame(d *collection.Dataset, sources []Source) bool {
	changed := false
	for i, f := range d.CommonFrames() {
		sources[i].Frame = f
		if !f.Whole() {
			changed = true
			j.Watch.note("%s: cut to %.0f%% of each side, so that it is framed like the others (--whole keeps all of it)",
				sources[i].Name, 100*f.Side)
		}
	}
	return changed
}

// evaluate measures p on the held-out images and writes evaluation.json; it also calibrates p for images from outside. What
// cannot be measured is named, with the reason, and loses nothing else.
func (j *Job) evaluate(ctx context.Context, p *prism.Prism, d *collection.Dataset, c Config) (*audit.Evaluation, error) {
	j.Watch.note("measuring on held-out images")
	settings := audit.Settings{Seed: c.Seed, Progress: j.Watch.Doing}
	heldOut, err := audit.See(ctx, p, d, settings)
	if err != nil {
		return nil, err
	}
	fit, err := heldOut.Fit(ctx, settings, views(d, c))
	if err != nil {
		return nil, err
	}
	if err := p.SetFit(fit); err != nil {
		return nil, err
	}
	if err := p.Write(weightsPath(j.Dir)); err != nil {
		return nil, err
	}
	evaluation, err := audit.Evaluate(ctx, heldOut, settings)
	if err != nil {
		return nil, err
	}
	if n := len(evaluation.Skipped); n > 0 {
		j.Watch.note("%d things could not be measured; %s says which, and why", n, EvaluationFile)
	}
	return evaluation, audit.WriteEvaluation(filepath.Join(j.Dir, EvaluationFile), evaluation)
}
