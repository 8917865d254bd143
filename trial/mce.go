package trial

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
	"github.com/dataprism/dataprism/trial/internal/student"
)

// mceBatch is the rows of a step: the layer between the heads is fitted to each batch, and on few rows it is noise.
const mceBatch = 256

// mceDrop is the share of units that are dropped, as in the authors' networks for images.
const mceDrop = 0.5

// mostMCEClasses is how many classes the layer can have: it has that many squared parameters, which a step inverts.
const mostMCEClasses = 10

// fitMixedCapacity is a mixed capacity ensemble (Clark, Yatskar and Zettlemoyer, Findings of EMNLP 2020): a network
// of one hidden layer, or with "conv" the convolutional one, beside a linear classifier of thumbnails that takes the
// simple cues.
func fitMixedCapacity(ctx context.Context, j *job) (measure.Matrix, error) {
	if j.classes > mostMCEClasses {
		return measure.Matrix{}, fmt.Errorf("the method mce takes at most %d values of the label, not %d", mostMCEClasses, j.classes)
	}
	c, rows, test, err := j.configure(j.option("conv"))
	if err != nil {
		return measure.Matrix{}, err
	}
	c.Batch, c.Drop = mceBatch, mceDrop
	x := j.train.thumbnails()
	scale := probe.NewScaler(x)
	rows.Cue = measure.NewMatrix(x.Rows, x.Cols)
	for r := range x.Rows {
		scale.Row(rows.Cue.Row(r), x.Row(r))
	}
	m, err := student.NewMixedCapacity(j.Backend, c)
	if err != nil {
		return measure.Matrix{}, err
	}
	defer m.Close()
	if err := m.Fit(ctx, rows, stream.New(j.seed, stream.TrialFit, j.repeat)); err != nil {
		return measure.Matrix{}, err
	}
	return m.LogProbs(ctx, j.test.Rows(), test)
}
