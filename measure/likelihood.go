package measure

import (
	"fmt"
	"math"
)

// Likelihood is the negative log-likelihood of held-out latents, in nats an image and in bits per latent dimension.
type Likelihood struct {
	Nats       Estimate `json:"nats"`
	BitsPerDim Estimate `json:"bits_per_dim"`
}

// NegativeLogLikelihood summarises log p(z|c) of held-out images, in nats, for latents of d dimensions.
func NegativeLogLikelihood(logProbs []float64, units []int, d int) (Likelihood, error) {
	if d < 1 {
		return Likelihood{}, fmt.Errorf("likelihood of latents of %d dimensions", d)
	}
	negative := make([]float64, len(logProbs))
	for i, lp := range logProbs {
		if math.IsNaN(lp) || math.IsInf(lp, 0) {
			return Likelihood{}, fmt.Errorf("the log-likelihood of row %d is %v", i, lp)
		}
		negative[i] = -lp
	}
	nats, err := Mean(negative, units)
	if err != nil {
		return Likelihood{}, err
	}
	perDim := 1 / (math.Ln2 * float64(d))
	bits := Estimate{nats.Value * perDim, nats.Low * perDim, nats.High * perDim, nats.N}
	return Likelihood{nats, bits}, nil
}

// Inversion is how far inverse(forward(z)) is from z: the largest absolute difference of any component of any latent,
// and the 99.9th percentile over latents of each latent's largest.
type Inversion struct {
	MaxAbs float64 `json:"max_abs"`
	P999   float64 `json:"p999"`
}

// InversionError compares latents with what inverting their codes gave.
func InversionError(latents, inverted Matrix) (Inversion, error) {
	if err := latents.Check("latents"); err != nil {
		return Inversion{}, err
	}
	if err := inverted.Check("inverted codes"); err != nil {
		return Inversion{}, err
	}
	if latents.Rows != inverted.Rows || latents.Cols != inverted.Cols {
		return Inversion{}, fmt.Errorf("latents are %dx%d, inverted codes %dx%d", latents.Rows, latents.Cols, inverted.Rows, inverted.Cols)
	}
	worst := make([]float64, latents.Rows)
	for r := range worst {
		other := inverted.Row(r)
		for j, z := range latents.Row(r) {
			worst[r] = max(worst[r], math.Abs(float64(z)-float64(other[j])))
		}
	}
	largest, err := Quantile(worst, 1)
	if err != nil {
		return Inversion{}, err
	}
	p999, err := Quantile(worst, 0.999)
	return Inversion{MaxAbs: largest, P999: p999}, err
}
