package prism

import (
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/measure"
)

// Inference says which collection an image fits.
type Inference struct {
	Collection int       // the most probable one
	Posterior  []float64 // p(c | z), one a collection, with equal priors
	Misfit     string    // why the image fits none; empty where it fits, and where the model has no yardstick
}

// Sight is what a prism makes of n images prepared as one collection prepares its own.
type Sight struct {
	LogProb     []float32 // [n]: log p(z | c) under that collection, nats
	MissedEdges []float64 // [n]: share of the edges that the reconstruction misses
}

// Infer finds the collection that each of n images fits. views[c] holds the images [n, size, size, channels] prepared
// as collection c prepares its own, since collections may be framed differently. The posterior is, with equal priors,
//
//	p(c | image) = softmax over c of (Scale log p(z_c | c) + Shift_c)
//
// of the latents z_c that the image has in each view, with the Scale and Shift of the [Fit]. Where all views are the
// same, Scale 1 and Shift 0 make that Bayes' rule; views that differ give different latents, whose densities Bayes'
// rule does not compare, so that there it is the calibration on held-out images, seen in all views, that makes a
// probability of the likelihoods. Without a Fit it is not calibrated, and no image is a misfit.
func (p *Prism) Infer(views [][]float32) ([]Inference, error) {
	if len(views) != len(p.Collections) || len(views) == 0 {
		return nil, fmt.Errorf("prism: %d views of the images, want one for each of %d collections", len(views), len(p.Collections))
	}
	sights := make([]Sight, len(views))
	for c, images := range views {
		if len(images) != len(views[0]) {
			return nil, fmt.Errorf("prism: view %d has %d values, view 0 has %d", c, len(images), len(views[0]))
		}
		var err error
		if sights[c], err = p.see(images, c); err != nil {
			return nil, err
		}
	}
	return p.Conclude(sights)
}

// Conclude is [Prism.Infer] of images that were seen already, once as each collection prepares its own.
func (p *Prism) Conclude(sights []Sight) ([]Inference, error) {
	if len(sights) != len(p.Collections) || len(sights) == 0 {
		return nil, fmt.Errorf("prism: %d sights of the images, want one for each of %d collections", len(sights), len(p.Collections))
	}
	for c, s := range sights {
		if n := len(sights[0].LogProb); len(s.LogProb) != n || len(s.MissedEdges) != n {
			return nil, fmt.Errorf("prism: sight %d is of %d and %d images, sight 0 of %d", c, len(s.LogProb), len(s.MissedEdges), n)
		}
	}
	fit, err := p.Fit()
	if err != nil {
		return nil, err
	}
	calibration := measure.PosteriorCalibration{Scale: 1, Shift: make([]float64, len(sights))}
	if fit != nil {
		calibration = fit.Posterior
	}
	result := make([]Inference, len(sights[0].LogProb))
	for i := range result {
		own := make([]float64, len(sights))
		for c, s := range sights {
			own[c] = float64(s.LogProb[i])
		}
		posterior := calibration.Posterior(own)
		best := slices.Index(posterior, slices.Max(posterior))
		result[i] = Inference{Collection: best, Posterior: posterior}
		if fit != nil {
			result[i].Misfit = fit.misfit(p.Collections[best], best, own[best], sights[best].MissedEdges[i])
		}
	}
	return result, nil
}

// see encodes images, as those of collection c, and decodes them again.
func (p *Prism) see(images []float32, c int) (Sight, error) {
	z, _, err := p.Encode(images)
	if err != nil {
		return Sight{}, err
	}
	n := len(z) / p.Dim()
	_, logProb, err := p.Codes(z, Repeat(c, n))
	if err != nil {
		return Sight{}, err
	}
	decoded, err := p.Decode(z)
	if err != nil {
		return Sight{}, err
	}
	missed, err := p.MissedEdges(images, decoded)
	return Sight{logProb, missed}, err
}

// MissedEdges is the share of the edges of each of n images that its reconstruction misses; see [measure.MissedEdges].
func (p *Prism) MissedEdges(images, decoded []float32) ([]float64, error) {
	return p.each(measure.MissedEdges, images, decoded)
}

// Differences is the L1 between each of n images and its reconstruction.
func (p *Prism) Differences(images, decoded []float32) ([]float64, error) {
	return p.each(measure.AbsoluteErrors, images, decoded)
}

// each measures images and their reconstructions.
func (p *Prism) each(of func(images, decoded measure.Images) ([]float64, error), images, decoded []float32) ([]float64, error) {
	if _, err := rows("images", images, p.Pixels()); err != nil {
		return nil, err
	}
	return of(p.Images(images), p.Images(decoded))
}

// Images are the images of values [n, size, size, channels].
func (p *Prism) Images(values []float32) measure.Images {
	side, channels := p.Size()
	return measure.Images{N: len(values) / p.Pixels(), H: side, W: side, C: channels, Data: values}
}
