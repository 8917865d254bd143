package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// unlikeShare is the balanced accuracy of a probe from which on samples are so unlike reconstructions that no sentence rests on
// shares among samples: four fifths of the one distribution, at least, are then not of the other.
const unlikeShare = 0.9

// measureUnlike asks how well samples under each collection are told from reconstructions of its held-out images by what judges
// see of either. The errors of judges are counted on reconstructions, and hold for samples as far as these look alike.
func (h *HeldOut) measureUnlike(ctx context.Context, s Settings, e *Evaluation, heldOut measure.Matrix, made []makes) error {
	e.Unlike = map[string]measure.Estimate{}
	for c, m := range made {
		rows := choose(h.of(c), maxTested, s.Seed, stream.AuditCompared, 5*len(made)+c)
		slices.Sort(rows)
		samples := m.samples.Slice(0, min(maxTested, m.samples.Rows))
		units, class := measure.Pick(h.Units, rows), make([]int, len(rows)+samples.Rows)
		for i := range samples.Rows {
			units, class[len(rows)+i] = append(units, len(h.Units)+i), 1
		}
		told, err := probe.Leakage(ctx, stacked(heldOut.Select(rows), samples), class, units, 2, probe.Linear{}, s.crossValidation())
		if err == nil {
			e.Unlike[h.name(c)] = told
		} else if err = e.skip(ctx, "unlike."+h.name(c), err); err != nil {
			return err
		}
	}
	return nil
}

// UnlikeSamples says whether samples under a collection are so unlike its reconstructions that no sentence rests on shares
// among them, and with what accuracy a probe tells the two apart.
func (e *Evaluation) UnlikeSamples(c string) (told measure.Estimate, unlike bool) {
	told, ok := e.Unlike[c]
	return told, ok && told.Value >= unlikeShare
}

func (a *Audit) tooUnlike(c string) bool {
	_, unlike := a.UnlikeSamples(c)
	return unlike
}

// misjudged is by how much a share among samples under a collection may be off since the judge errs otherwise on samples that are
// unlike reconstructions than on these, on which its errors were counted: never, or twice as often. A probe that tells the two
// apart with accuracy u says that a share of 2u - 1 of the samples, at the least, is unlike. It is 0 where either accuracy is
// not known.
func (a *Audit) misjudged(c string, shares AttributeShares) float64 {
	told, ok := a.Unlike[c]
	if !ok || shares.Judge == nil {
		return 0
	}
	right, chance := shares.Judge.Value, 1/float64(max(2, len(shares.Data)))
	unlike, sees := max(0, 2*told.Value-1), (right-chance)/(1-chance)
	if sees <= 0 {
		return 1
	}
	return min(1, unlike*(1-right)/sees)
}

// unlikeLimits are what [measureUnlike] leaves of shares among samples.
func unlikeLimits(a *Audit) []string {
	var out []string
	for _, c := range sortedKeys(a.Unlike) {
		told := a.Unlike[c]
		if told.Low <= 0.5 {
			continue
		}
		sentence := fmt.Sprintf("By what judges see a probe tells samples under %s from reconstructions of its images in %s of cases (%s, chance 50%%): the errors of judges were counted on reconstructions, and may be others on samples.",
			c, percent(told.Value), interval(told))
		if a.tooUnlike(c) {
			sentence += " Shares among these samples are numbers of the report, but no finding is made of them."
		} else {
			sentence += " Findings of shares among these samples are those that stand even if judges erred never, or twice as often, on as many of them as are unlike."
		}
		out = append(out, sentence)
	}
	return out
}
