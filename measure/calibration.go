package measure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// PosteriorCalibration corrects posteriors of a model whose likelihoods are too sure of themselves, or lean to a
// class:
//
//	p(c | x) = softmax over c of (Scale log p(x | c) + Shift[c])
//
// with equal priors. Scale 1 and Shift 0 are Bayes' rule as it stands.
type PosteriorCalibration struct {
	Scale float64
	Shift []float64 // their sum is 0
}

// Posterior is the corrected posterior of the log-likelihoods of one row.
func (c PosteriorCalibration) Posterior(logLikelihood []float64) []float64 {
	out := make([]float64, len(logLikelihood))
	top := math.Inf(-1)
	for k, l := range logLikelihood {
		out[k] = c.Scale*l + c.Shift[k]
		top = max(top, out[k])
	}
	var total float64
	for k, l := range out {
		out[k] = math.Exp(l - top)
		total += out[k]
	}
	for k := range out {
		out[k] /= total
	}
	return out
}

// CalibratePosterior fits the correction to the log-likelihoods [rows][classes] of rows of known class: temperature
// scaling with a bias (Guo et al., "On calibration of modern neural networks", 2017; Alexandari et al., "Maximum
// likelihood with bias-corrected calibration", 2020), by the most probable parameters where every class weighs the
// same, log Scale is N(0, 1) and the shifts are N(0, 3²) nats. The priors decide where classes are separated without
// an error.
func CalibratePosterior(logLikelihood [][]float64, class []int, classes int) (PosteriorCalibration, error) {
	none := PosteriorCalibration{}
	if err := CheckClasses("calibration of posteriors", class, len(logLikelihood), classes); err != nil {
		return none, err
	}
	count := make([]int, classes)
	for i, row := range logLikelihood {
		if len(row) != classes {
			return none, fmt.Errorf("calibration of posteriors: row %d has %d log-likelihoods, want %d", i, len(row), classes)
		}
		for _, l := range row {
			if l-l != 0 {
				return none, fmt.Errorf("calibration of posteriors: a log-likelihood of row %d is %v", i, l)
			}
		}
		count[class[i]]++
	}
	for _, n := range count {
		if n == 0 {
			return none, &InsufficientError{"a calibration of posteriors", n, 1, "rows of each class"}
		}
	}
	at := func(x []float64) PosteriorCalibration {
		c := PosteriorCalibration{math.Exp(x[0]), append([]float64(nil), x[1:]...)}
		var mean float64
		for _, s := range c.Shift {
			mean += s / float64(classes)
		}
		for k := range c.Shift {
			c.Shift[k] -= mean
		}
		return c
	}
	weight := func(c int) float64 { return float64(len(class)) / float64(classes*count[c]) }
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			c := at(x)
			loss := x[0] * x[0] / 2
			for _, s := range x[1:] {
				loss += s * s / 18
			}
			for i, row := range logLikelihood {
				loss -= weight(class[i]) * math.Log(max(c.Posterior(row)[class[i]], math.SmallestNonzeroFloat64))
			}
			return loss
		},
		Grad: func(gradient, x []float64) {
			c := at(x)
			gradient[0] = x[0]
			for k, s := range x[1:] {
				gradient[k+1] = s / 9
			}
			slope := make([]float64, classes)
			for i, row := range logLikelihood {
				posterior := c.Posterior(row)
				posterior[class[i]]--
				for k, r := range posterior {
					slope[k] += weight(class[i]) * r
					gradient[0] += weight(class[i]) * r * c.Scale * row[k]
				}
			}
			var mean float64
			for _, s := range slope {
				mean += s / float64(classes)
			}
			for k, s := range slope {
				gradient[k+1] += s - mean
			}
		},
	}
	result, err := optimize.Minimize(problem, make([]float64, classes+1), nil, &optimize.BFGS{})
	if result == nil {
		return none, fmt.Errorf("calibration of posteriors: %w", err)
	}
	return at(result.X), nil // a line search that stops at the precision of the loss has found the minimum
}
