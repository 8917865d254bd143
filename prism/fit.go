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

// Infer finds the collection that each image fits: images [n, size, size, channels], their latents z [n, dim]
// and their reconstructions.
func (p *Prism) Infer(images, z, reconstructions []float32) ([]Inference, error) {
	logProb, err := p.LogProb(z)
	if err != nil {
		return nil, err
	}
	posterior, err := p.Posterior(z)
	if err != nil {
		return nil, err
	}
	fit, known := p.Fit()
	result := make([]Inference, len(posterior))
	for i, row := range posterior {
		best := 0
		for c := range row {
			if row[c] > row[best] {
				best = c
			}
		}
		result[i] = Inference{Collection: best, Posterior: row}
		if !known {
			continue
		}
		width := p.Pixels()
		l1 := meanAbsoluteDifference(images[i*width:(i+1)*width], reconstructions[i*width:(i+1)*width])
		switch {
		case float64(logProb[best][i]) < float64(fit.LogProb[best]):
			result[i].Misfit = fmt.Sprintf("its log-likelihood under %s, %.0f nats, is below that of 199 in 200 of its images (%.0f)",
				p.Collections[best], logProb[best][i], fit.LogProb[best])
		case l1 > float64(fit.Reconstruction):
			result[i].Misfit = fmt.Sprintf("its reconstruction differs by %.3f, more than that of 199 in 200 images of the collections (%.3f)",
				l1, fit.Reconstruction)
		}
	}
	return result, nil
}

func meanAbsoluteDifference(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += math.Abs(float64(a[i] - b[i]))
	}
	return sum / float64(len(a))
}
