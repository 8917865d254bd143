package trial

import (
	"context"
	"math/rand/v2"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
	"github.com/dataprism/dataprism/trial/internal/student"
)

// hidden is the units of the hidden layer of a network on features.
const hidden = 128

// fitNetwork is a network of one hidden layer on [probe.Features].
func fitNetwork(ctx context.Context, j *job) (measure.Matrix, error) {
	return j.student(ctx, false, measure.Matrix{})
}

// fitConvolutional is a small convolutional network on images; with "augment" they are mirrored, moved and changed in
// contrast and brightness at random while it is fitted.
func fitConvolutional(ctx context.Context, j *job) (measure.Matrix, error) {
	return j.student(ctx, true, measure.Matrix{})
}

// student fits a network by cross-entropy, with offsets added to its logits, and predicts the test.
func (j *job) student(ctx context.Context, convolutional bool, offset measure.Matrix) (measure.Matrix, error) {
	c, rows, test, err := j.configure(convolutional)
	if err != nil {
		return measure.Matrix{}, err
	}
	n, err := student.New(j.Backend, c)
	if err != nil {
		return measure.Matrix{}, err
	}
	defer n.Close()
	rows.Offset = offset
	if err := n.Fit(ctx, rows, stream.New(j.seed, stream.TrialFit, j.repeat)); err != nil {
		return measure.Matrix{}, err
	}
	return n.LogProbs(ctx, j.test.Rows(), test)
}

// filler writes the input of a row of a set.
type filler func(to []float32, row int, rng *rand.Rand)

// configure describes a network, the rows that it is fitted to, and the inputs of the test.
func (j *job) configure(convolutional bool) (c student.Config, train student.Rows, test filler, err error) {
	c = student.Config{Classes: j.classes, Steps: j.steps, Seed: stream.New(j.seed, stream.TrialFit, j.repeat, 1).Uint64()}
	train = student.Rows{N: j.train.Rows(), Class: j.train.Class, Weight: j.balanced()}
	if convolutional {
		c.Body, c.Input = student.Convolutional(16, 32, 64), []int{j.train.Side, j.train.Side, j.train.Channels}
		train.Fill, test = j.train.fill, j.test.fill
		if j.option("augment") {
			train.Fill = j.train.augmented
		}
	} else {
		x, err := j.train.Features()
		if err != nil {
			return c, train, nil, err
		}
		y, err := j.test.Features()
		if err != nil {
			return c, train, nil, err
		}
		scale := probe.NewScaler(x)
		c.Body, c.Input = student.Dense(hidden), []int{x.Cols}
		train.Fill = func(to []float32, row int, _ *rand.Rand) { scale.Row(to, x.Row(row)) }
		test = func(to []float32, row int, _ *rand.Rand) { scale.Row(to, y.Row(row)) }
	}
	return c, train, test, nil
}

// balanced are the weights of the training rows, every class alike.
func (j *job) balanced() []float32 {
	s := probe.Sample{Class: j.train.Class, Classes: j.classes, Weight: make([]float32, len(j.weight))}
	for i, w := range j.weight {
		s.Weight[i] = float32(w)
	}
	return s.Balanced()
}

// fill writes an image.
func (s *Set) fill(to []float32, row int, _ *rand.Rand) {
	w := s.width()
	collection.Floats(to, s.Pixels[row*w:(row+1)*w])
}

// augmented writes an image that is mirrored half of the time, moved by up to a twelfth of its side, and changed in
// contrast by up to 20% and in brightness by up to 10% of the range.
func (s *Set) augmented(to []float32, row int, rng *rand.Rand) {
	from := make([]float32, s.width())
	s.fill(from, row, nil)
	most := s.Side / 12
	dx, dy := rng.IntN(2*most+1)-most, rng.IntN(2*most+1)-most
	mirrored := rng.IntN(2) == 1
	contrast, brightness := float32(0.8+0.4*rng.Float64()), float32(0.4*rng.Float64()-0.2)
	clamp := func(x int) int { return max(0, min(s.Side-1, x)) }
	for y := range s.Side {
		for x := range s.Side {
			column := clamp(x + dx)
			if mirrored {
				column = s.Side - 1 - column
			}
			at := (clamp(y+dy)*s.Side + column) * s.Channels
			for k := range s.Channels {
				to[(y*s.Side+x)*s.Channels+k] = max(-1, min(1, from[at+k]*contrast+brightness))
			}
		}
	}
}
