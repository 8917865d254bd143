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
	for _, label := range s.Keep {
		if err := h.leakageGiven(ctx, s, label, e); err != nil {
			return err
		}
	}
	return nil
}

// leakageGiven measures leakage among the images of each value of a label.
func (h *HeldOut) leakageGiven(ctx context.Context, s Settings, label string, e *Evaluation) error {
	k := len(h.dataset.Collections)
	a, _ := attributeOf(label, trainLabels(h.dataset, label))
	truth := a.numbers(h.labels(label))
	found := map[string]measure.Estimate{}
	m := s.begin("measuring leakage given "+label, len(a.values))
	for v, value := range a.values {
		var rows []int
		for i, own := range truth {
			if own == v {
				rows = append(rows, i)
			}
		}
		leakage, err := probe.Leakage(ctx, h.V.Select(rows), measure.Pick(h.Collection, rows), measure.Pick(h.Units, rows), k, probe.TwoLayer{}, s.crossValidation())
		if err == nil {
			found[value] = leakage
		} else if err = e.skip(ctx, "leakage.given."+label+"."+value, plain(err, h.names(), "held-out images of the value")); err != nil {
			return err
		}
		m.add(1)
	}
	if len(found) > 0 {
		if e.Leakage.Given == nil {
			e.Leakage.Given = map[string]map[string]measure.Estimate{}
		}
		e.Leakage.Given[label] = found
	}
	return nil
}
