package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/collection/degrade"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// SweepSchema is the version of the layout of sweep.json.
const SweepSchema = 1

// Sweep says how the quality of a collection limits what is generated from it: the content of RUN/sweep.json. One
// prism knows the collection and copies of it with known faults, of which each image's original is known.
type Sweep struct {
	Schema   int     `json:"schema"`
	Original string  `json:"original"`
	Features string  `json:"features"` // the feature space of Samples
	Levels   []Level `json:"levels"`   // the first is the original itself

	Skipped []Skipped `json:"skipped"`
}

// Level is one copy of the collection.
type Level struct {
	Collection string         `json:"collection"`
	Fault      *degrade.Fault `json:"fault"` // nil for the original
	// Samples compares images drawn under the copy with held-out images of the original.
	Samples *Quality `json:"samples"`
	// Degraded compares the copy's own held-out images with those of the original: what the fault alone does.
	Degraded *Quality `json:"degraded"`
	// Restoration is how near projections of the copy's images into the original come to their originals.
	Restoration *Restoration `json:"restoration"`
}

// MeasureSweep measures a prism whose first collection is the original and whose others are copies with the faults
// given, in their order.
func MeasureSweep(ctx context.Context, h *HeldOut, faults []degrade.Fault, s Settings) (*Sweep, error) {
	space := h.encoder()
	if s.Features != nil {
		space = *s.Features
	}
	out := &Sweep{Schema: SweepSchema, Original: h.name(0), Features: space.Name}
	rows := choose(h.of(0), maxCompared, s.Seed, stream.AuditCompared, 0)
	slices.Sort(rows)
	units := measure.Pick(h.Units, rows)
	real, err := h.real(ctx, s, space, rows)
	if err != nil {
		return nil, err
	}
	latents, err := h.prism.Sample(stream.New(s.Seed, stream.AuditGeneration), h.limit(s.samples()), 1)
	if err != nil {
		return nil, err
	}
	skip := func(what string, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		out.Skipped = append(out.Skipped, Skipped{what, err.Error()})
		return nil
	}
	for c := range h.dataset.Collections {
		level := Level{Collection: h.name(c)}
		if c > 0 {
			level.Fault = &faults[c-1]
		}
		z, dim := latents[c], h.prism.Dim()
		made, err := h.describe(ctx, s, "describing samples under "+h.name(c), space, len(z)/dim, func(from, to int) ([]float32, error) {
			return h.prism.Decode(z[from*dim : to*dim])
		})
		if err == nil {
			level.Samples, err = compared(ctx, real, made, units, nil, s)
		}
		if err != nil {
			if err := skip(h.name(c)+".samples", err); err != nil {
				return nil, err
			}
		}
		if c > 0 {
			if err := h.degradation(ctx, s, space, c, real, units, &level, skip); err != nil {
				return nil, err
			}
		}
		out.Levels = append(out.Levels, level)
	}
	return out, ctx.Err()
}

// degradation compares a copy with the original without the flow, and through it.
func (h *HeldOut) degradation(ctx context.Context, s Settings, space FeatureSpace, c int, real description, units []int, level *Level, skip func(string, error) error) error {
	rows := choose(h.of(c), maxCompared, s.Seed, stream.AuditCompared, c)
	slices.Sort(rows)
	own, err := h.real(ctx, s, space, rows)
	if err == nil {
		level.Degraded, err = compared(ctx, real, own, units, measure.Pick(h.Units, rows), s)
	}
	if err != nil {
		if err := skip(h.name(c)+".degraded", err); err != nil {
			return err
		}
	}
	restored, err := h.Restoration(ctx, c, 0)
	if err != nil {
		return skip(h.name(c)+".restoration", err)
	}
	level.Restoration = &restored
	return nil
}

// Sentences say how samples get worse with each fault, and what projection restores. None is made of a difference
// whose interval holds none.
func (s *Sweep) Sentences() []string {
	var out []string
	if len(s.Levels) == 0 || s.Levels[0].Samples == nil {
		return nil
	}
	plain := s.Levels[0].Samples.KID
	for _, l := range s.Levels[1:] {
		if l.Samples != nil {
			if d := measure.Contrast(l.Samples.KID, plain); d.Low > 0 {
				out = append(out, fmt.Sprintf("Samples under %s lie farther from %s than its own: KID %.3g (%.3g to %.3g) against %.3g (%.3g to %.3g).",
					l.Collection, s.Original, l.Samples.KID.Value, l.Samples.KID.Low, l.Samples.KID.High, plain.Value, plain.Low, plain.High))
			}
		}
		switch r := l.Restoration; {
		case r == nil || r.Restored == nil:
		case r.Restored.High < 0:
			out = append(out, fmt.Sprintf("Projection into %s restores nothing of %s: its error is %.3g (%.3g to %.3g), that of the reconstruction %.3g (%.3g to %.3g).",
				s.Original, l.Collection, r.Projected.Value, r.Projected.Low, r.Projected.High, r.Reconstructed.Value, r.Reconstructed.Low, r.Reconstructed.High))
		case r.Restored.Low > 0:
			out = append(out, fmt.Sprintf("Projection into %s takes away %s (%s) of what %s has lost and a reconstruction could have.",
				s.Original, percent(r.Restored.Value), interval(*r.Restored), l.Collection))
		}
	}
	return out
}
