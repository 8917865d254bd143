package audit

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// A Judge names the value of one attribute, such as glasses or gender, that an
// image shows. It is a small classifier trained on labels, and it errs; its
// errors are measured by [Judge.Confusion] and taken out by [Shares].
type Judge struct {
	classifier Classifier
	values     int
}

// TrainJudge fits a judge on the [Features] of training images and their label
// values, numbered from 0 to values-1, negative where missing. Each value
// weighs the same. It fails if a value has fewer than 10 images, which is too
// few to learn.
func TrainJudge(ctx context.Context, features Matrix, label, units []int, values int, seed uint64) (*Judge, error) {
	if err := features.check("features"); err != nil {
		return nil, err
	}
	if len(label) != features.Rows || units != nil && len(units) != features.Rows {
		return nil, fmt.Errorf("audit: judge: %d rows, %d labels, %d units", features.Rows, len(label), len(units))
	}
	var rows []int
	count := make([]int, values)
	for r, l := range label {
		if l >= values {
			return nil, fmt.Errorf("audit: judge: row %d has label value %d, want 0 to %d", r, l, values-1)
		}
		if l >= 0 {
			rows = append(rows, r)
			count[l]++
		}
	}
	for v, n := range count {
		if n < minimumOfValue {
			return nil, fmt.Errorf("audit: judge: label value %d has %d images, at least %d are needed: leave it out or add images", v, n, minimumOfValue)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	fitted, err := Linear{}.Fit(ctx, features.Select(rows), pick(label, rows), pick(units, rows), values, rng)
	if err != nil {
		return nil, err
	}
	return &Judge{fitted, values}, nil
}

// minimumOfValue is the fewest images of a label value to train on.
const minimumOfValue = 10

// Judge returns the value that each row of features shows most probably.
func (j *Judge) Judge(features Matrix) []int { return argmax(j.classifier.LogProbs(features)) }

// A Confusion counts how a judge judged images of known value: Counts[t][j] is
// the number of images that show t and were judged j. It must come from images
// the judge was not trained on. To judge what a decoder makes, count it on
// reconstructions of labelled images, since the judge may err there more than
// on photographs.
type Confusion struct{ Counts [][]float64 }

// Confusion judges the rows of features and counts the outcome against their
// labels; rows whose label is missing are left out.
func (j *Judge) Confusion(features Matrix, label []int) (Confusion, error) {
	if len(label) != features.Rows {
		return Confusion{}, fmt.Errorf("audit: confusion: %d rows, %d labels", features.Rows, len(label))
	}
	c := newConfusion(j.values)
	for r, judged := range j.Judge(features) {
		if t := label[r]; t >= 0 && t < j.values {
			c.Counts[t][judged]++
		}
	}
	return c, nil
}

// Accuracy is the judge's balanced accuracy on the images it was counted on.
func (c Confusion) Accuracy() (Estimate, error) {
	var truth, judged []int
	for t, row := range c.Counts {
		for j, n := range row {
			for range int(n) {
				truth, judged = append(truth, t), append(judged, j)
			}
		}
	}
	return BalancedAccuracy(truth, judged, len(c.Counts), nil)
}

// Shrink moves the rates of c towards those of a confusion counted on more
// images: as if weight images of each value had been added that were judged as
// pooled says. A collection with few labelled images of a value, such as anime
// with a beard, then borrows from the others.
func (c Confusion) Shrink(pooled Confusion, weight float64) Confusion {
	out := newConfusion(len(c.Counts))
	for t, row := range c.Counts {
		rates := pooled.rates(t)
		for j, n := range row {
			out.Counts[t][j] = n + weight*rates[j]
		}
	}
	return out
}

// rates estimates P(judged | true value t). Half an image is added to each
// count, so that no outcome is impossible because it was not seen.
func (c Confusion) rates(t int) []float64 {
	row := c.Counts[t]
	total := 0.0
	for _, n := range row {
		total += n + 0.5
	}
	out := make([]float64, len(row))
	for j, n := range row {
		out[j] = (n + 0.5) / total
	}
	return out
}

func newConfusion(values int) Confusion {
	c := Confusion{make([][]float64, values)}
	for t := range c.Counts {
		c.Counts[t] = make([]float64, values)
	}
	return c
}
