package audit

import (
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// Flip is what becomes of the images with one value of an attribute when they are projected into a collection. Shares
// are keyed by the value after.
type Flip struct {
	// After is the share of each value among the projections, with the judge's errors taken out. It is nil where these
	// are not known, as of a value that no held-out image of the collection has, or not those that were counted: what is
	// judged is told all the same.
	After map[string]measure.Estimate `json:"after"`
	// Judged is the same as the judge sees it, errors and all, and Reconstructed is the control: the judgement of the
	// same images merely encoded and decoded. Projection into an image's own collection is that too, since the flow
	// is inverted exactly.
	Judged        map[string]measure.Estimate `json:"judged"`
	Reconstructed map[string]measure.Estimate `json:"reconstructed"`
	// Random is the control at the other end: the shares among samples under the collection, which a projection would
	// have that keeps nothing of the image.
	Random map[string]measure.Estimate `json:"random,omitempty"`
}

// leastFlipped is how many images of a value before are needed: of fewer, an interval says nothing and an image could
// be recognised.
const leastFlipped = 20

// flips follows the images with each value of a through their projection from one collection into another. truth
// holds the value of each held-out row, or -1.
func (h *HeldOut) flips(a attribute, judge judge, confusion measure.Confusion, made makes, heldOut measure.Matrix, truth []int, from int, random map[string]measure.Estimate, s Settings) (map[string]Flip, []Skipped) {
	found := map[string]Flip{}
	var skipped []Skipped
	for v, value := range a.values {
		var at, rows []int // among the projections, and of the held-out images that they are of
		for i, row := range made.rows {
			if h.Collection[row] == from && truth[row] == v {
				at, rows = append(at, i), append(rows, row)
			}
		}
		units := measure.Pick(h.Units, rows)
		if n := len(measure.RowsOfUnits(units, len(rows))); n < leastFlipped {
			if n > 0 {
				skipped = append(skipped, Skipped{"." + value, (&measure.InsufficientError{
					Measurement: "what projection makes of " + a.name + "=" + value, Have: n, Need: leastFlipped, Of: "independent images",
				}).Error()})
			}
			continue
		}
		f := Flip{Random: random}
		judged := judge(made.projected.Select(at))
		after, err := measure.Shares(judged, units, confusion, stream.New(s.Seed, stream.AuditShares, 2+from, v))
		if err == nil {
			f.After = a.byValue(after)
		} else {
			skipped = append(skipped, Skipped{"." + value + ".after", plain(err, a.named(), "held-out images").Error()})
		}
		if f.Judged, err = a.seen(judged, units); err != nil {
			skipped = append(skipped, Skipped{"." + value, err.Error()})
			continue
		}
		if f.Reconstructed, err = a.seen(judge(heldOut.Select(rows)), units); err != nil {
			skipped = append(skipped, Skipped{"." + value, err.Error()})
			continue
		}
		found[value] = f
	}
	return found, skipped
}

// byValue names shares by the attribute's values.
func (a attribute) byValue(shares []measure.Estimate) map[string]measure.Estimate {
	named := make(map[string]measure.Estimate, len(shares))
	for v, share := range shares {
		named[a.values[v]] = share
	}
	return named
}

// seen is the share of each value among judgements.
func (a attribute) seen(judged, units []int) (map[string]measure.Estimate, error) {
	shares, err := measure.LabelShares(judged, units, len(a.values))
	if err != nil {
		return nil, err
	}
	return a.byValue(shares), nil
}
