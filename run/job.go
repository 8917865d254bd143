package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/train"
	"github.com/gomlx/compute"
)

// Job is one training with all that follows from it.
type Job struct {
	Folder *Folder // where all of it goes
	Cache  string  // folder for prepared images; empty is the user's cache folder
	Strict bool    // fail on the first image that cannot be read
	Whole  bool    // leave collections framed as they are

	PreviewEvery time.Duration // how often pictures are drawn of what the model can do; 0 is every two minutes

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
// measured. All of it lies in the job's folder then. Of a run that was begun it does what is left, as the folder's
// config.yaml says: of c only the paths of the collections count then, which may have moved.
func (j *Job) Train(ctx context.Context, backend compute.Backend, c Config) (*audit.Evaluation, error) {
	o, e, err := j.measured(ctx, backend, c)
	if err != nil {
		return nil, err
	}
	return e, o.Close()
}

// Open does what [Job.Train] does, and returns the run opened besides, its held-out images encoded. The caller closes it.
func (j *Job) Open(ctx context.Context, backend compute.Backend, c Config) (*Opened, *audit.Evaluation, error) {
	o, e, err := j.measured(ctx, backend, c)
	if err != nil {
		return nil, nil, err
	}
	if o.HeldOut == nil { // the run was measured before
		if o.HeldOut, err = audit.See(ctx, o.Prism, o.Data, j.settings(o.Config)); err != nil {
			return nil, nil, errors.Join(err, o.Close())
		}
	}
	return o, e, nil
}

// measured is the trained and measured run. Its held-out images are encoded where they had to be.
func (j *Job) measured(ctx context.Context, backend compute.Backend, c Config) (*Opened, *audit.Evaluation, error) {
	c, d, err := j.data(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	o := &Opened{Config: c, Data: d}
	e, err := j.finish(ctx, backend, o)
	if err != nil {
		return nil, nil, errors.Join(err, o.Close())
	}
	return o, e, nil
}

// finish trains and measures what is left of that.
func (j *Job) finish(ctx context.Context, backend compute.Backend, o *Opened) (*audit.Evaluation, error) {
	var err error
	if o.Prism, err = j.trained(ctx, backend, o.Data, o.Config); err != nil {
		return nil, err
	}
	fit, err := o.Prism.Fit()
	if err != nil {
		return nil, err
	}
	if fit != nil {
		if e, err := audit.ReadEvaluation(filepath.Join(j.Folder.Dir, EvaluationFile)); err == nil {
			j.Watch.note("%s is finished: nothing is left to do", j.Folder.Dir)
			return e, nil
		}
	}
	return j.evaluate(ctx, o)
}

func (j *Job) settings(c Config) audit.Settings {
	return audit.Settings{Seed: c.Seed, Keep: c.Training.Latents.Keep, Progress: j.Watch.Doing}
}

// trained is the prism of a training that has ended, or trains it.
func (j *Job) trained(ctx context.Context, backend compute.Backend, d *collection.Dataset, c Config) (*prism.Prism, error) {
	dir := j.Folder.Dir
	if p, _, err := Open(backend, dir); err == nil {
		return p, nil
	} else if none := new(NoRunError); !errors.As(err, &none) {
		return nil, fmt.Errorf("%w; without that file, --resume makes it from the newest checkpoint", err)
	}
	samples := filepath.Join(dir, SamplesDir)
	if err := os.MkdirAll(samples, 0o777); err != nil {
		return nil, err
	}
	p, err := train.Train(ctx, backend, d, c.Task(), train.Options{
		Dir: dir, Resume: true, PreviewEvery: j.PreviewEvery, Progress: j.Watch.Step, Note: j.Watch.Note,
		Preview: func(p *prism.Prism, phase string, step int) error { return preview(p, d, samples, phase, step) },
	})
	if err != nil {
		return nil, err
	}
	if err := p.Write(weightsPath(dir)); err != nil {
		return nil, err
	}
	return p, train.DropLatents(dir)
}

// data reads the collections of a run. For a new one it first finds the frames in which the collections show their
// subjects alike, and writes its config.yaml once all that can be known before the training is known.
func (j *Job) data(ctx context.Context, c Config) (Config, *collection.Dataset, error) {
	begun, resumed := j.Folder.Begun()
	if resumed {
		c = begun.at(c.Data.Sources)
	}
	if err := c.Validate(); err != nil {
		return c, nil, err
	}
	d, err := j.open(ctx, c)
	if err != nil {
		return c, nil, err
	}
	if changed := !resumed && !j.Whole && j.frame(d, c.Data.Sources); changed {
		d.Close()
		if d, err = j.open(ctx, c); err != nil {
			return c, nil, err
		}
	}
	if j.Watch.Read != nil {
		j.Watch.Read(d)
	}
	if resumed {
		if err = begun.SameImages(j.Folder.Dir, d); err != nil {
			err = fmt.Errorf("%s cannot be continued: %w", j.Folder.Dir, err)
		}
	} else {
		err = c.Task().Enough(d)
	}
	if err == nil {
		c.Data.Key = d.Key()
		if !resumed {
			for i, col := range d.Collections {
				c.Data.Sources[i].Depth = col.Depth()
			}
		}
		err = j.Folder.write(c)
	}
	if err == nil {
		err = atomicfile.WriteFrom(filepath.Join(j.Folder.Dir, NotesFile), d.WriteNotes)
	}
	if err != nil {
		d.Close()
		return c, nil, err
	}
	return c, d, nil
}

// open reads the collections of c.
func (j *Job) open(ctx context.Context, c Config) (*collection.Dataset, error) {
	options, err := c.Images()
	if err != nil {
		return nil, err
	}
	options.CacheDir, options.Strict, options.Progress = j.Cache, j.Strict, j.Watch.Images
	return OpenData(ctx, c, options)
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

// evaluate measures the prism on the held-out images, which it encodes, and writes evaluation.json; it also calibrates
// the prism for images from outside. What cannot be measured is named, with the reason, and loses nothing else.
func (j *Job) evaluate(ctx context.Context, o *Opened) (*audit.Evaluation, error) {
	j.Watch.note("measuring on held-out images")
	settings := j.settings(o.Config)
	var err error
	if o.HeldOut, err = audit.See(ctx, o.Prism, o.Data, settings); err != nil {
		return nil, err
	}
	fit, err := o.HeldOut.Fit(ctx, settings, Views(o.Data, o.Config))
	if err != nil {
		return nil, err
	}
	if err := o.Prism.SetFit(fit); err != nil {
		return nil, err
	}
	if err := o.Prism.Write(weightsPath(j.Folder.Dir)); err != nil {
		return nil, err
	}
	evaluation, err := audit.Evaluate(ctx, o.HeldOut, settings)
	if err != nil {
		return nil, err
	}
	if n := len(evaluation.Skipped); n > 0 {
		j.Watch.note("%d things could not be measured; %s says which, and why", n, EvaluationFile)
	}
	return evaluation, audit.WriteEvaluation(filepath.Join(j.Folder.Dir, EvaluationFile), evaluation)
}
