package audit

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Settings say how [See] and [Evaluate] work.
type Settings struct {
	Seed     uint64
	Workers  int            // folds fitted at a time; 0 means one a processor
	Samples  int            // drawn under each collection; 0 means 1000
	Pairs    int            // of attributes that are judged together, at most
	Keep     []string       // labels within whose values leakage is measured too
	Progress func(Progress) // hears what is measured, and how far it is; may be nil

	Features *FeatureSpace // in which made images are compared with real ones; nil is that of the prism's encoder
	// Classifiers judge attributes in place of judges that learn from the run's own labels.
	Classifiers []Classifier
}

// Evaluate measures a trained prism on held-out images: the numbers of RUN/evaluation.json. A part that cannot be
// measured is left empty, and [Evaluation.Skipped] says why; the only error is that of a context that has ended.
func Evaluate(ctx context.Context, h *HeldOut, s Settings) (*Evaluation, error) {
	e := &Evaluation{Schema: EvaluationSchema, Skipped: append([]Skipped{}, h.Skipped...)}
	for _, part := range []struct {
		what    string
		measure func(context.Context, *HeldOut, Settings, *Evaluation) error
	}{
		{"reconstruction", measureReconstruction},
		{"nll", measureLikelihood},
		{"inversion", measureInversion},
		{"leakage", measureLeakage},
		{"retrieval", measureRetrieval},
		{"attributes", measureAttributes},
		{"transfer", measureTransfer},
	} {
		s.begin("measuring "+part.what, 0)
		if err := e.skip(ctx, part.what, part.measure(ctx, h, s, e)); err != nil {
			return nil, err
		}
	}
	return e, ctx.Err()
}

func measureReconstruction(ctx context.Context, h *HeldOut, _ Settings, e *Evaluation) error {
	errors, err := measure.AbsoluteErrors(h.Images, h.Reconstructions)
	if err != nil {
		return err
	}
	var r Reconstruction
	if r.L1, err = measure.Mean(errors, h.Units); err != nil {
		return err
	}
	e.Reconstruction = &r
	r.Sharpness, err = h.sharpness()
	return e.skip(ctx, "reconstruction.sharpness", err)
}

// sharpness is the gradient energy of the reconstructions over that of the images.
func (h *HeldOut) sharpness() (measure.Estimate, error) {
	original, err := measure.GradientEnergies(h.Images)
	if err != nil {
		return measure.Estimate{}, err
	}
	decoded, err := measure.GradientEnergies(h.Reconstructions)
	if err != nil {
		return measure.Estimate{}, err
	}
	if slices.Max(original) == 0 {
		return measure.Estimate{}, fmt.Errorf("all %s are blank: they have no edges to keep", listing.Count(h.Images.N, "image"))
	}
	return measure.MeanRatio(decoded, original, h.Units)
}

func measureLikelihood(_ context.Context, h *HeldOut, _ Settings, e *Evaluation) error {
	nll, err := measure.NegativeLogLikelihood(h.LogProb, h.Units, h.Z.Cols)
	if err == nil {
		e.NLL = &nll
	}
	return err
}

func measureInversion(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	inverted := measure.NewMatrix(h.Z.Rows, h.Z.Cols)
	err := h.chunks(ctx, s, "inverting codes", h.V.Rows, func(from, to int) error {
		back, err := h.prism.Latents(h.V.Slice(from, to).Data, h.Collection[from:to])
		copy(inverted.Slice(from, to).Data, back)
		return err
	})
	if err != nil {
		return err
	}
	wrong := 0
	for i := range inverted.Rows {
		if !finite(inverted.Row(i)) {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("the codes of %d of %s have no finite inverse", wrong, listing.Count(inverted.Rows, "image"))
	}
	inversion, err := measure.InversionError(h.Z, inverted)
	if err == nil {
		e.Inversion = &inversion
	}
	return err
}

func (s Settings) crossValidation() probe.CrossValidation {
	return probe.CrossValidation{Seed: s.Seed, Workers: s.Workers}
}

// workers is the number of judges or folds fitted at a time.
func (s Settings) workers() int {
	if s.Workers <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return s.Workers
}

// samples is the number of codes that are drawn.
func (s Settings) samples() int {
	if s.Samples == 0 {
		return 1000
	}
	return s.Samples
}
