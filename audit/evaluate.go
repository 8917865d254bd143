package audit

import (
	"context"
	"fmt"
	"runtime"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Settings say how [Evaluate] measures.
type Settings struct {
	Seed     uint64
	Workers  int               // folds fitted at a time; 0 means one a processor
	Samples  int               // drawn under each collection; 0 means 1000
	Progress func(what string) // hears what is measured next; may be nil
}

// Evaluate measures a trained prism on held-out images: the numbers of RUN/evaluation.json.
func Evaluate(ctx context.Context, h *HeldOut, s Settings) (*Evaluation, error) {
	if s.Samples == 0 {
		s.Samples = 1000
	}
	var e Evaluation
	for _, part := range []struct {
		what    string
		measure func(context.Context, *HeldOut, Settings, *Evaluation) error
	}{
		{"reconstruction", measureReconstruction},
		{"likelihood and inversion", measureFlow},
		{"leakage", measureLeakage},
		{"retrieval", measureRetrieval},
		{"attributes", measureAttributes},
		{"transfer", measureTransfer},
	} {
		if s.Progress != nil {
			s.Progress(part.what)
		}
		if err := part.measure(ctx, h, s, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", part.what, err)
		}
	}
	return &e, nil
}

func measureReconstruction(_ context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	errors, err := measure.AbsoluteErrors(h.Images, h.Reconstructions)
	if err != nil {
		return err
	}
	if e.Reconstruction.L1, err = measure.Mean(errors, h.Units); err != nil {
		return err
	}
	original, err := measure.GradientEnergies(h.Images)
	if err != nil {
		return err
	}
	decoded, err := measure.GradientEnergies(h.Reconstructions)
	if err != nil {
		return err
	}
	e.Reconstruction.Sharpness, err = measure.MeanRatio(decoded, original, h.Units)
	return err
}

func measureFlow(_ context.Context, h *HeldOut, _ Settings, e *Evaluation) (err error) {
	if e.NLL, err = measure.NegativeLogLikelihood(h.LogProb, h.Units, h.Z.Cols); err != nil {
		return err
	}
	back, err := h.prism.Latents(h.V.Data, h.Collection)
	if err != nil {
		return err
	}
	e.Inversion, err = measure.InversionError(h.Z, measure.Matrix{Rows: h.Z.Rows, Cols: h.Z.Cols, Data: back})
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
