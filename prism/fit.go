package prism

import (
	"fmt"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/measure"
)

const fitScope = "fit"

// The tensors of a [Fit].
const (
	logProbTensor = fitScope + "/log_prob"
	missedTensor  = fitScope + "/missed_edges"
	countTensor   = fitScope + "/n"
	scaleTensor   = fitScope + "/posterior_scale"
	shiftTensor   = fitScope + "/posterior_shift"
)

// reconstructionTensor was a bound of the L1 of reconstructions: a plain image stays below it whatever it is of. Files
// of older versions have it, and it is not used.
const reconstructionTensor = fitScope + "/reconstruction"

func fitTensors() []string {
	return []string{logProbTensor, missedTensor, countTensor, scaleTensor, shiftTensor}
}

// Tail is the share of a collection's own images that each bound of a [Fit] leaves out.
const Tail = 1.0 / 200

// Fit is what held-out images of the collections themselves score: the yardstick for an image from outside.
type Fit struct {
	LogProb     []float64 // [K]: an image of the collection is less likely under it with a probability of about [Tail]
	MissedEdges []float64 // [K]: and its reconstruction misses a larger share of its edges with about the same
	N           []int     // [K]: the held-out images that both rest on; 0 where it is not known
	// Posterior corrects the posteriors of collections, which the likelihoods alone are too sure of.
	Posterior measure.PosteriorCalibration
}

// FitError says that the yardstick in a file of weights cannot be one.
type FitError struct {
	Tensor, Reason string
}

func (e *FitError) Error() string { return fmt.Sprintf("tensor %q %s", e.Tensor, e.Reason) }

// SetFit keeps the yardstick with the weights.
func (p *Prism) SetFit(f Fit) error {
	n := make([]float64, len(f.N))
	for c, count := range f.N {
		n[c] = float64(count)
	}
	if err := p.checkFit(f); err != nil {
		return err
	}
	for name, values := range map[string][]float64{
		logProbTensor: f.LogProb, missedTensor: f.MissedEdges, countTensor: n,
		scaleTensor: {f.Posterior.Scale}, shiftTensor: f.Posterior.Shift,
	} {
		path := "/" + name
		if p.store.GetVariable(path) != nil { // an older one may have another shape
			if err := p.store.DeleteVariable(path); err != nil {
				return err
			}
		}
		if err := nn.Set(p.store, path, floats(values), len(values)); err != nil {
			return err
		}
	}
	return nil
}

// Fit returns the yardstick, nil for a model that has none. That of an older version bounds no edges, and may have
// neither numbers of images nor a correction of posteriors.
func (p *Prism) Fit() (*Fit, error) {
	k := len(p.Collections)
	for _, name := range fitTensors() {
		if v := p.store.GetVariable("/" + name); v != nil && v.Shape().Rank() != 1 {
			return nil, &FitError{name, fmt.Sprintf("has shape %v, but should have one axis", v.Shape().Dimensions)}
		}
	}
	logProb, missed := p.fitValues(logProbTensor), p.fitValues(missedTensor)
	if logProb == nil && missed == nil {
		return nil, nil
	}
	if missed == nil {
		missed = slices.Repeat([]float64{math.MaxFloat32}, k)
	}
	f := Fit{LogProb: logProb, MissedEdges: missed, N: make([]int, k)}
	if n := p.fitValues(countTensor); n != nil {
		if len(n) != k {
			return nil, &FitError{countTensor, fmt.Sprintf("has %d values, but there are %d collections", len(n), k)}
		}
		for c, count := range n {
			if !(count >= 0 && count <= 1e9) {
				return nil, &FitError{countTensor, fmt.Sprintf("has %v in place of a number of images", count)}
			}
			f.N[c] = int(count)
		}
	}
	f.Posterior = measure.PosteriorCalibration{Scale: 1, Shift: make([]float64, k)}
	if scale := p.fitValues(scaleTensor); scale != nil {
		if len(scale) != 1 {
			return nil, &FitError{scaleTensor, fmt.Sprintf("has %d values, but should have one", len(scale))}
		}
		f.Posterior = measure.PosteriorCalibration{Scale: scale[0], Shift: p.fitValues(shiftTensor)}
	}
	return &f, p.checkFit(f)
}

// checkFit says what of f does not fit p.
func (p *Prism) checkFit(f Fit) error {
	k := len(p.Collections)
	for _, t := range []struct {
		name   string
		values []float64
	}{{logProbTensor, f.LogProb}, {missedTensor, f.MissedEdges}, {shiftTensor, f.Posterior.Shift}} {
		if len(t.values) != k {
			return &FitError{t.name, fmt.Sprintf("has %d values, but there are %d collections", len(t.values), k)}
		}
		for c, v := range t.values {
			if v-v != 0 {
				return &FitError{t.name, fmt.Sprintf("has the value %v for %s", v, p.Collections[c])}
			}
		}
	}
	if scale := f.Posterior.Scale; !(scale > 0 && scale <= math.MaxFloat32) {
		return &FitError{scaleTensor, fmt.Sprintf("has the value %v, which is not above 0", scale)}
	}
	return nil
}

// fitValues are those of a tensor of the yardstick; nil where there is none.
func (p *Prism) fitValues(name string) []float64 {
	v := p.store.GetVariable("/" + name)
	if v == nil {
		return nil
	}
	return nn.Float64s(v)
}

func floats(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, x := range values {
		out[i] = float32(min(math.MaxFloat32, max(-math.MaxFloat32, x)))
	}
	return out
}

// misfit says why an image fits collection c worse than its own images do, or nothing.
func (f Fit) misfit(name string, c int, logProb, missed float64) string {
	switch {
	case math.IsNaN(logProb) || math.IsNaN(missed):
		return fmt.Sprintf("its likelihood under %s cannot be computed", name)
	case logProb < f.LogProb[c]:
		return fmt.Sprintf("its log-likelihood under %s, %.0f nats, is below that of %s (the bound is %.0f)", name, logProb, f.reference(name, c), f.LogProb[c])
	case missed > f.MissedEdges[c]:
		return fmt.Sprintf("its reconstruction misses %.0f%% of its edges, more than that of %s (the bound is %.0f%%)", 100*missed, f.reference(name, c), 100*f.MissedEdges[c])
	}
	return ""
}

// reference names the images of collection c that a bound rests on: nearly all of them, or all where they are few.
func (f Fit) reference(name string, c int) string {
	switch n := f.N[c]; {
	case n == 0:
		return fmt.Sprintf("199 in 200 held-out images of %s", name)
	case float64(n+1)*Tail < 1:
		return fmt.Sprintf("all %d held-out images of %s", n, name)
	default:
		return fmt.Sprintf("99.5%% of the %d held-out images of %s", n, name)
	}
}
