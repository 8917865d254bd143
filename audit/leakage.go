package audit

import (
	"context"
	"errors"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

func measureLeakage(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	k := len(h.dataset.Collections)
	table := LeakageTable{Chance: 1 / float64(k), Moments: &ProbeResult{}, Controls: &LeakageControls{}}
	permuted := measure.PermuteClasses(h.Collection, h.Units, stream.New(s.Seed, stream.AuditControl, 0))
	normal := probe.NormalCodes(h.V.Rows, h.V.Cols, stream.New(s.Seed, stream.AuditControl, 1))
	parts := []struct {
		what   string
		to     *measure.Estimate
		codes  measure.Matrix
		class  []int
		learns probe.Learner
	}{
		{"linear.z", &table.Linear.Z, h.Z, h.Collection, probe.Linear{}},
		{"linear.v", &table.Linear.V, h.V, h.Collection, probe.Linear{}},
		{"mlp.z", &table.MLP.Z, h.Z, h.Collection, probe.TwoLayer{}},
		{"mlp.v", &table.MLP.V, h.V, h.Collection, probe.TwoLayer{}},
		{"moments.z", &table.Moments.Z, h.Z, h.Collection, probe.Moments{}},
		{"moments.v", &table.Moments.V, h.V, h.Collection, probe.Moments{}},
		{"controls.permuted", &table.Controls.Permuted, h.V, permuted, probe.TwoLayer{}},
		{"controls.normal", &table.Controls.Normal, normal, h.Collection, probe.TwoLayer{}},
	}
	m := s.begin("measuring leakage", len(parts))
	for _, p := range parts {
		found, err := probe.Leakage(ctx, p.codes, p.class, h.Units, k, p.learns, s.crossValidation())
		var few *probe.FewUnitsError
		switch {
		case errors.As(err, &few) && p.what != "controls.permuted":
			return plain(err, h.names(), "held-out images") // no probe can be tested
		case err != nil:
			if err = e.skip(ctx, "leakage."+p.what, err); err != nil {
				return err
			}
		default:
			*p.to = found
		}
		m.add(1)
	}
	e.Leakage = &table
	return nil
}
