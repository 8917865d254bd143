package trial

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/trial/internal/student"
)

// mceBatch is the rows of a step: the layer between the heads is fitted to each batch, and on few rows it is noise.
const mceBatch = 256

// mostMCEClasses is how many classes the layer can have: it has that many squared parameters, which a step inverts.
const mostMCEClasses = 10

// fitMixedCapacity is a mixed capacity ensemble (Clark, Yatskar and Zettlemoyer, Findings of EMNLP 2020): a network
// of one hidden layer, or with "conv" the convolutional one, beside a linear classifier of the same inputs that takes
// the simple cues.
func fitMixedCapacity(ctx context.Context, j *job) (measure.Matrix, error) {
	if j.classes > mostMCEClasses {
		return measure.Matrix{}, fmt.Errorf("the method mce takes at most %d values of the label, not %d", mostMCEClasses, j.classes)
	}
	c, rows, test, err := j.configure(j.option("conv"))
	if err != nil {
		return measure.Matrix{}, err
	}
	c.Batch = mceBatch
	m, err := student.NewMixedCapacity(j.Backend, c, student.Linear)
	if err != nil {
		return measure.Matrix{}, err
	}
	defer m.Close()
	if err := m.Fit(ctx, rows, stream.New(j.seed, stream.TrialFit, j.repeat)); err != nil {
		return measure.Matrix{}, err
	}
	return m.LogProbs(ctx, j.test.Rows(), test)
}
