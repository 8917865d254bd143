package prism

import (
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/flow"
)

// Temperature is that of samples which are to be looked at: a little more typical than images are. What is measured of
// samples is measured at 1.
const Temperature = 0.85

// Sample draws n codes at a temperature and returns the latents of the same codes under every collection, as images have
// them; see [Prism.DrawCodes] and [Prism.Drawn]. latents[c] is [n, dim].
func (p *Prism) Sample(rng *rand.Rand, n int, temperature float64) (latents [][]float32, err error) {
	v := p.DrawCodes(rng, n, temperature)
	for c := range p.Collections {
		z, err := p.Drawn(v, Repeat(c, n))
		if err != nil {
			return nil, err
		}
		latents = append(latents, z)
	}
	return latents, nil
}

// DrawCodes draws n codes [n, dim] from N(0, s²I), s = [Prism.Scale] of the temperature.
func (p *Prism) DrawCodes(rng *rand.Rand, n int, temperature float64) []float32 {
	scale := p.Scale(temperature)
	v := make([]float32, n*p.Dim())
	for i := range v {
		v[i] = float32(rng.NormFloat64() * scale)
	}
	return v
}

// Scale is by how much codes, or what they differ by from the mean of some, are multiplied so that latents lie temperature
// times as far from the middle. It is the temperature itself, but for flows that change lengths by a power of them.
func (p *Prism) Scale(temperature float64) float64 {
	if f, ok := p.Flow.(*flow.Flow); ok {
		return math.Pow(temperature, f.Exponent())
	}
	return temperature
}

// Drawn maps codes v [n, dim] that were drawn, not encoded, to latents under the collection labels [n], as images have
// them. The flow is fitted to latents with the noise of their posteriors, so that what [Prism.Latents] makes of a drawn
// code holds that noise; an image's latents are the means, which hold none. Where a latent varies S times as much as
// its noise, the variance of its distance from the collection's middle, flow⁻¹(0 | c), is 1 + 1/S times that of means,
// and is brought down to it.
func (p *Prism) Drawn(v []float32, labels []int) ([]float32, error) {
	z, err := p.Latents(v, labels)
	if err != nil || len(z) == 0 {
		return z, err
	}
	signal := p.signal()
	if signal == nil {
		return z, nil
	}
	dim := p.Dim()
	middles, err := p.Latents(make([]float32, len(p.Collections)*dim), p.All())
	if err != nil {
		return nil, err
	}
	for i, c := range labels {
		for j, s := range signal {
			middle := middles[c*dim+j]
			z[i*dim+j] = middle + (z[i*dim+j]-middle)*float32(math.Sqrt(s/(1+s)))
		}
	}
	return z, nil
}

// signal is the signal of each latent; nil where it is not known.
func (p *Prism) signal() []float64 {
	if a, ok := p.Autoencoder.(ownLatents); ok {
		return a.Signal()
	}
	return nil
}
