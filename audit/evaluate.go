package audit

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/dataprism/dataprism/collection"
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
	errors, err := AbsoluteErrors(h.Images, h.Reconstructions)
	if err != nil {
		return err
	}
	if e.Reconstruction.L1, err = Mean(errors); err != nil {
		return err
	}
	original, err := GradientEnergies(h.Images)
	if err != nil {
		return err
	}
	decoded, err := GradientEnergies(h.Reconstructions)
	if err != nil {
		return err
	}
	e.Reconstruction.Sharpness, err = MeanRatio(decoded, original, h.Units, rand.New(rand.NewPCG(s.Seed, 1)))
	return err
}

func measureFlow(_ context.Context, h *HeldOut, _ Settings, e *Evaluation) (err error) {
	if e.NLL, err = NegativeLogLikelihood(h.LogProb, h.Z.Cols); err != nil {
		return err
	}
	back, err := h.prism.Latents(h.V.Data, h.Collection)
	if err != nil {
		return err
	}
	e.Inversion, err = InversionError(h.Z, Matrix{h.Z.Rows, h.Z.Cols, back})
	return err
}

func measureLeakage(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	k := len(h.dataset.Collections)
	e.Leakage.Chance = 1 / float64(k)
	e.Leakage.Moments = &ProbeResult{}
	e.Leakage.Controls = &LeakageControls{}
	rng := rand.New(rand.NewPCG(s.Seed, 2))
	permuted := PermuteClasses(h.Collection, h.Units, rng)
	normal := NormalCodes(h.V.Rows, h.V.Cols, rng)
	for _, m := range []struct {
		to     *Estimate
		codes  Matrix
		class  []int
		learns Learner
	}{
		{&e.Leakage.Linear.Z, h.Z, h.Collection, Linear{}},
		{&e.Leakage.Linear.V, h.V, h.Collection, Linear{}},
		{&e.Leakage.MLP.Z, h.Z, h.Collection, TwoLayer{}},
		{&e.Leakage.MLP.V, h.V, h.Collection, TwoLayer{}},
		{&e.Leakage.Moments.Z, h.Z, h.Collection, Moments{}},
		{&e.Leakage.Moments.V, h.V, h.Collection, Moments{}},
		{&e.Leakage.Controls.Permuted, h.V, permuted, TwoLayer{}},
		{&e.Leakage.Controls.Normal, normal, h.Collection, TwoLayer{}},
	} {
		var err error
		if *m.to, err = Leakage(ctx, m.codes, m.class, h.Units, k, m.learns, s.crossValidation()); err != nil {
			return err
		}
	}
	return nil
}

func (s Settings) crossValidation() CrossValidation {
	return CrossValidation{Seed: s.Seed, Workers: s.Workers}
}

// measureRetrieval looks, where pairs are known, for the true counterpart of each projected image among all
// validation images of the target, by the distance of decoded images.
func measureRetrieval(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	pairs := h.labels(collection.LabelPair)
	for from := range h.dataset.Collections {
		for to := range h.dataset.Collections {
			if from == to {
				continue
			}
			gallery, queries := h.of(to), h.paired(from, to, pairs)
			if len(queries) == 0 {
				continue
			}
			key, galleryKey := pick(pairs, queries), pick(pairs, gallery)
			projected, err := h.projected(queries, to)
			if err != nil {
				return err
			}
			items := h.Reconstructions.rows(gallery)
			var r RetrievalResult
			units := pick(h.Units, queries)
			if r.Projected, err = Retrieve(ctx, projected.matrix(), items, key, galleryKey, units, s.Workers); err != nil {
				return err
			}
			if r.Reconstructed, err = Retrieve(ctx, h.Reconstructions.rows(queries), items, key, galleryKey, units, s.Workers); err != nil {
				return err
			}
			if r.Random, err = RandomHits(key, galleryKey); err != nil {
				return err
			}
			if e.Retrieval == nil {
				e.Retrieval = map[string]RetrievalResult{}
			}
			e.Retrieval[Direction(h.name(from), h.name(to))] = r
		}
	}
	return nil
}

func (h *HeldOut) name(c int) string { return h.dataset.Collections[c].Name }

// paired lists the rows of collection from whose counterpart in collection to is held out too.
func (h *HeldOut) paired(from, to int, pairs []string) []int {
	known := map[string]bool{}
	for _, i := range h.of(to) {
		known[pairs[i]] = pairs[i] != ""
	}
	var rows []int
	for _, i := range h.of(from) {
		if known[pairs[i]] {
			rows = append(rows, i)
		}
	}
	return rows
}

// matrix is the images as rows of pixels.
func (m Images) matrix() Matrix { return Matrix{m.N, m.H * m.W * m.C, m.Data} }

// rows is the chosen images as rows of pixels.
func (m Images) rows(chosen []int) Matrix { return m.matrix().Select(chosen) }
