package trial

import (
	"context"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// fitProduct is a product of experts: what a shallow classifier says of each training row, fitted without it, is an
// offset of the network's logits, so that a simple cue which explains a row teaches the network nothing (Clark,
// Yatskar and Zettlemoyer, "Don't take the easy way out", EMNLP 2019). The cue is the image averaged down to 4x4
// areas. The network alone predicts.
func fitProduct(ctx context.Context, j *job) (measure.Matrix, error) {
	var rows []int
	for i, w := range j.weight {
		if w > 0 {
			rows = append(rows, i)
		}
	}
	s := probe.Sample{X: j.train.thumbnails(), Class: j.train.Class, Classes: j.classes, Units: j.train.Units, Weight: make([]float32, j.train.Rows())}
	for i, w := range j.weight {
		s.Weight[i] = float32(w)
	}
	said, err := probe.CrossPredict(ctx, s.At(rows), probe.Linear{}, probe.CrossValidation{Seed: stream.New(j.seed, stream.TrialFit, j.repeat, 2).Uint64()})
	if err != nil {
		return measure.Matrix{}, err
	}
	offset := measure.NewMatrix(j.train.Rows(), j.classes)
	for i, r := range rows {
		copy(offset.Row(r), said.LogProbs.Row(i))
	}
	return j.student(ctx, j.option("conv"), offset)
}

// thumbnailSide is the areas of a thumbnail each way.
const thumbnailSide = 4

// thumbnails are images averaged down to 4x4 areas.
func (s *Set) thumbnails() measure.Matrix {
	out := measure.NewMatrix(s.Rows(), thumbnailSide*thumbnailSide*s.Channels)
	count := make([]float32, out.Cols)
	for y := range s.Side {
		for x := range s.Side {
			for k := range s.Channels {
				count[s.area(x, y, k)]++
			}
		}
	}
	for r := range s.Rows() {
		row, pixels := out.Row(r), s.Images(r, r+1).Data
		for at, v := range pixels {
			p := at / s.Channels
			row[s.area(p%s.Side, p/s.Side, at%s.Channels)] += v
		}
		for i, n := range count {
			row[i] /= n
		}
	}
	return out
}

// area is the place in a thumbnail of a pixel's channel.
func (s *Set) area(x, y, channel int) int {
	return (y*thumbnailSide/s.Side*thumbnailSide+x*thumbnailSide/s.Side)*s.Channels + channel
}
