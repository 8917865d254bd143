package audit

import (
	"context"
	"errors"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

func measureLeakage(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	k := len(h.dataset.Collections)
	table := LeakageTable{Chance: 1 / float64(k), Moments: &ProbeResult{}, Controls: &LeakageControls{}}
	rows := h.probed(s)
	z, v, class, units := h.Z.Select(rows), h.V.Select(rows), measure.Pick(h.Collection, rows), measure.Pick(h.Units, rows)
	permuted := measure.PermuteClasses(class, units, stream.New(s.Seed, stream.AuditControl, 0))
	normal := probe.NormalCodes(v.Rows, v.Cols, stream.New(s.Seed, stream.AuditControl, 1))
	parts := []struct {
		what   string
		to     *measure.Estimate
		codes  measure.Matrix
		class  []int
		learns probe.Learner
	}{
		{"linear.z", &table.Linear.Z, z, class, probe.Linear{}},
		{"linear.v", &table.Linear.V, v, class, probe.Linear{}},
		{"mlp.z", &table.MLP.Z, z, class, probe.TwoLayer{}},
		{"mlp.v", &table.MLP.V, v, class, probe.TwoLayer{}},
		{"moments.z", &table.Moments.Z, z, class, probe.Moments{}},
		{"moments.v", &table.Moments.V, v, class, probe.Moments{}},
		{"controls.permuted", &table.Controls.Permuted, v, permuted, probe.TwoLayer{}},
		{"controls.normal", &table.Controls.Normal, normal, class, probe.TwoLayer{}},
	}
	m := s.begin("measuring leakage", len(parts))
	for _, p := range parts {
		found, err := probe.Leakage(ctx, p.codes, p.class, units, k, p.learns, s.crossValidation())
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
	truth := a.numbers(h.Labels(label))
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

// maxProbed is how many images probes of the collection look at: their time is most of an audit's where there are many.
const maxProbed = 10000

// probed are the rows that probes of the collection look at: all, or where they are too many a random choice, as many of each
// collection.
func (h *HeldOut) probed(s Settings) []int {
	var rows []int
	collections := len(h.dataset.Collections)
	for c := range collections {
		of := h.of(c)
		if len(h.Row) > maxProbed {
			of = choose(of, maxProbed/collections, s.Seed, stream.AuditCompared, 4*collections+c)
			slices.Sort(of)
		}
		rows = append(rows, of...)
	}
	return rows
}
