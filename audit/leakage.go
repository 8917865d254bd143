package audit

import (
	"context"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

func measureLeakage(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	k := len(h.dataset.Collections)
	e.Leakage.Chance = 1 / float64(k)
	e.Leakage.Moments = &ProbeResult{}
	e.Leakage.Controls = &LeakageControls{}
	rng := rand.New(rand.NewPCG(s.Seed, 2))
	permuted := measure.PermuteClasses(h.Collection, h.Units, rng)
	normal := probe.NormalCodes(h.V.Rows, h.V.Cols, rng)
	for _, m := range []struct {
		to     *measure.Estimate
		codes  measure.Matrix
		class  []int
		learns probe.Learner
	}{
		{&e.Leakage.Linear.Z, h.Z, h.Collection, probe.Linear{}},
		{&e.Leakage.Linear.V, h.V, h.Collection, probe.Linear{}},
		{&e.Leakage.MLP.Z, h.Z, h.Collection, probe.TwoLayer{}},
		{&e.Leakage.MLP.V, h.V, h.Collection, probe.TwoLayer{}},
		{&e.Leakage.Moments.Z, h.Z, h.Collection, probe.Moments{}},
		{&e.Leakage.Moments.V, h.V, h.Collection, probe.Moments{}},
		{&e.Leakage.Controls.Permuted, h.V, permuted, probe.TwoLayer{}},
		{&e.Leakage.Controls.Normal, normal, h.Collection, probe.TwoLayer{}},
	} {
		var err error
		if *m.to, err = probe.Leakage(ctx, m.codes, m.class, h.Units, k, m.learns, s.crossValidation()); err != nil {
			return err
		}
	}
	return nil
}
