package prism

import (
	"fmt"
	"math"
	"slices"
)

// Encode maps images [n, size, size, channels] to the mean and the log-variance of q(z | x), each [n, dim].
func (p *Prism) Encode(images []float32) (mean, logVar []float32, err error) {
	if err := p.needAutoencoder(); err != nil {
		return nil, nil, err
	}
	n, err := rows("images", images, p.Pixels())
	if err != nil || n == 0 {
		return nil, nil, err
	}
	side, channels := p.Size()
	out, err := p.graphs.call(p.graphs.encode, n, input{values: images, dims: []int{side, side, channels}})
	if err != nil {
		return nil, nil, err
	}
	return out[0], out[1], nil
}

// Decode maps latents [n, dim] to images.
func (p *Prism) Decode(z []float32) ([]float32, error) {
	if err := p.needAutoencoder(); err != nil {
		return nil, err
	}
	n, err := rows("latents", z, p.Dim())
	if err != nil || n == 0 {
		return nil, err
	}
	out, err := p.graphs.call(p.graphs.decode, n, input{values: z, dims: []int{p.Dim()}})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// Codes maps latents z [n, dim] of the collections labels [n] to codes v [n, dim], with log p(z | label) in
// nats [n]. The label [Config.Any] gives the unconditional density; the published flow has no code under it.
func (p *Prism) Codes(z []float32, labels []int) (v, logProb []float32, err error) {
	if err := p.check("latents", z, labels); err != nil || len(labels) == 0 {
		return nil, nil, err
	}
	exec := p.graphs.codes
	if slices.Contains(labels, p.Any()) {
		exec = p.graphs.marginal
	}
	out, err := p.graphs.call(exec, len(labels), input{values: z, dims: []int{p.Dim()}}, input{labels: labels})
	if err != nil {
		return nil, nil, err
	}
	return out[0], out[1], nil
}

// Latents maps codes v [n, dim] to the latents that each has under the collection labels [n]: the inverse of Codes.
func (p *Prism) Latents(v []float32, labels []int) ([]float32, error) {
	if err := p.check("codes", v, labels); err != nil || len(labels) == 0 {
		return nil, err
	}
	out, err := p.graphs.call(p.graphs.latents, len(labels), input{values: v, dims: []int{p.Dim()}}, input{labels: labels})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// MostStrength is how far the line from latents to their projection may be followed.
const MostStrength = 1.5

// Project carries latents z [n, dim] of collections from [n] over to the collection to: flow⁻¹(flow(z | from) | to).
// strength goes from z (0) to its projection (1) along the straight line between them, and up to [MostStrength] beyond it,
// where what the collections differ in is exaggerated.
func (p *Prism) Project(z []float32, from []int, to int, strength float64) ([]float32, error) {
	v, _, err := p.Codes(z, from)
	if err != nil {
		return nil, err
	}
	projected, err := p.Latents(v, Repeat(to, len(from)))
	if err != nil {
		return nil, err
	}
	return Blend(z, projected, strength), nil
}

// LogProb is log p(z | c) in nats of latents z [n, dim] under each collection: logProb[c] is [n].
func (p *Prism) LogProb(z []float32) (logProb [][]float32, err error) {
	n, err := rows("latents", z, p.Dim())
	if err != nil {
		return nil, err
	}
	for c := range p.Collections {
		_, each, err := p.Codes(z, Repeat(c, n))
		if err != nil {
			return nil, err
		}
		logProb = append(logProb, each)
	}
	return logProb, nil
}

// Posterior is p(c | z) of latents z [n, dim] by Bayes' rule with equal priors: n rows of one probability a
// collection.
func (p *Prism) Posterior(z []float32) ([][]float64, error) {
	logProb, err := p.LogProb(z)
	if err != nil {
		return nil, err
	}
	return Bayes(logProb), nil
}

// Bayes turns log-likelihoods, logProb[c] of n rows, into posteriors with equal priors: n rows of one probability a
// collection.
func Bayes(logProb [][]float32) [][]float64 {
	posterior := make([][]float64, len(logProb[0]))
	for i := range posterior {
		top := math.Inf(-1)
		for c := range logProb {
			top = max(top, float64(logProb[c][i]))
		}
		row, total := make([]float64, len(logProb)), 0.0
		for c := range logProb {
			row[c] = math.Exp(float64(logProb[c][i]) - top)
			total += row[c]
		}
		for c := range row {
			row[c] /= total
		}
		posterior[i] = row
	}
	return posterior
}

// Animate returns the latents [frames, dim] of a transition from one latent to another, with eased ends.
func Animate(from, to []float32, frames int) []float32 {
	var all []float32
	for i := range frames {
		s := 0.0
		if frames > 1 {
			s = float64(i) / float64(frames-1)
		}
		all = append(all, Blend(from, to, s*s*(3-2*s))...)
	}
	return all
}

// Blend is (1 - strength)·a + strength·b.
func Blend(a, b []float32, strength float64) []float32 {
	if strength == 1 {
		return b
	}
	s := float32(strength)
	out := make([]float32, len(a))
	for i := range out {
		out[i] = a[i] + s*(b[i]-a[i])
	}
	return out
}

// Repeat is a label for each of n rows.
func Repeat(label, n int) []int {
	labels := make([]int, n)
	for i := range labels {
		labels[i] = label
	}
	return labels
}

func (p *Prism) check(what string, values []float32, labels []int) error {
	if err := p.needFlow(); err != nil {
		return err
	}
	n, err := rows(what, values, p.Dim())
	if err != nil {
		return err
	}
	if n != len(labels) {
		return fmt.Errorf("prism: %d %s come with %d labels", n, what, len(labels))
	}
	for i, label := range labels {
		if label < 0 || label > p.Any() {
			return fmt.Errorf("prism: label %d of row %d is not one of the %d collections", label, i, len(p.Collections))
		}
	}
	return nil
}

func rows(what string, values []float32, width int) (int, error) {
	if len(values)%width != 0 {
		return 0, fmt.Errorf("prism: %d values are no whole number of %s of %d", len(values), what, width)
	}
	return len(values) / width, nil
}
