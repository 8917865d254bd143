package prism

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/gomlx/core/tensors"
)

const fitScope = "fit"

// Fit is what held-out images of the collections themselves score: the yardstick for an image from outside.
type Fit struct {
	LogProb        []float32 // [K]: all but 1 in 200 held-out images of the collection are at least this likely under it
	Reconstruction float32   // all but 1 in 200 are reconstructed with at most this L1
}

// SetFit keeps the yardstick with the weights.
func (p *Prism) SetFit(f Fit) error {
	if err := nn.Set(p.store, "/"+fitScope+"/log_prob", f.LogProb, len(f.LogProb)); err != nil {
		return err
	}
	return nn.Set(p.store, "/"+fitScope+"/reconstruction", []float32{f.Reconstruction}, 1)
}

// Fit returns the yardstick, or false for a model that has none.
func (p *Prism) Fit() (Fit, bool) {
	logProb := p.store.GetVariable("/" + fitScope + "/log_prob")
	reconstruction := p.store.GetVariable("/" + fitScope + "/reconstruction")
	if logProb == nil || reconstruction == nil {
		return Fit{}, false
	}
	return Fit{
		LogProb:        tensors.MustCopyFlatData[float32](logProb.MustValue()),
		Reconstruction: tensors.MustCopyFlatData[float32](reconstruction.MustValue())[0],
	}, true
}

// Inference says which collection an image fits.
type Inference struct {
	Collection int       // the most probable one
	Posterior  []float64 // p(c | z), one a collection, with equal priors
	Misfit     string    // why the image fits none; empty where it fits
}

// Infer finds the collection that each of n images fits, by Bayes' rule with equal priors. views[c] holds the images
// [n, size, size, channels] prepared as collection c prepares its own, since collections may be framed differently.
func (p *Prism) Infer(views [][]float32) ([]Inference, error) {
	var logProb [][]float32
	var reconstructionError [][]float64
	for c, images := range views {
		z, _, err := p.Encode(images)
		if err != nil {
			return nil, err
		}
		n := len(z) / p.Dim()
		_, own, err := p.Codes(z, Repeat(c, n))
		if err != nil {
			return nil, err
		}
		decoded, err := p.Decode(z)
		if err != nil {
			return nil, err
		}
		logProb = append(logProb, own)
		reconstructionError = append(reconstructionError, eachDifference(images, decoded, n))
	}
	fit, known := p.Fit()
	posterior := bayes(logProb)
	result := make([]Inference, len(posterior))
	for i, row := range posterior {
		best := 0
		for c := range row {
			if row[c] > row[best] {
				best = c
			}
		}
		result[i] = Inference{Collection: best, Posterior: row}
		if known {
			result[i].Misfit = fit.misfit(p.Collections[best], best, float64(logProb[best][i]), reconstructionError[best][i])
		}
	}
	return result, nil
}

// misfit says why an image fits collection c worse than its own images do, or nothing.
func (f Fit) misfit(name string, c int, logProb, difference float64) string {
	switch {
	case logProb < float64(f.LogProb[c]):
		return fmt.Sprintf("its log-likelihood under %s, %.0f nats, is below that of 199 in 200 of its images (%.0f)", name, logProb, f.LogProb[c])
	case difference > float64(f.Reconstruction):
		return fmt.Sprintf("its reconstruction differs by %.3f, more than that of 199 in 200 images of the collections (%.3f)",
			difference, f.Reconstruction)
	}
	return ""
}

// eachDifference is the mean absolute difference of each of n images from its reconstruction.
func eachDifference(images, reconstructions []float32, n int) []float64 {
	width := len(images) / max(1, n)
	out := make([]float64, n)
	for i := range out {
		for j := i * width; j < (i+1)*width; j++ {
			out[i] += math.Abs(float64(images[j]-reconstructions[j])) / float64(width)
		}
	}
	return out
}
