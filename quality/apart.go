package quality

import (
	"context"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// apartRows is the most images of a collection that the probe sees: more of them change its accuracy by little.
const apartRows = 2000

// apart measures how well a linear probe tells collections apart by the attributes alone, cross-validated.
func (s *survey) apart(ctx context.Context, units []int, seed uint64) (*Apart, error) {
	k := len(s.data.Collections)
	var places []int
	for c := range k {
		var own []int
		for at := range s.rows {
			if s.image(at).Collection == c {
				own = append(own, at)
			}
		}
		if len(own) < leastRows {
			return nil, &measure.InsufficientError{Measurement: "a probe that tells collections apart", Have: len(own), Need: leastRows, Of: "images of " + s.data.Collections[c].Name}
		}
		rng := stream.New(seed, stream.QualityApart, c)
		rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		own = own[:min(apartRows, len(own))]
		slices.Sort(own)
		places = append(places, own...)
	}
	x, class := s.features(places)
	within := measure.Pick(units, places)
	e, err := probe.Leakage(ctx, x, class, within, k, probe.Linear{}, probe.CrossValidation{Seed: seed})
	if err != nil {
		return nil, err
	}
	return &Apart{e.Value, e.Low, e.High, e.N, 1 / float64(k)}, nil
}

// features are the attributes of images on their scales, a row an image; a value that an image does not have is the
// median of those that have it, and a column says that it is missing.
func (s *survey) features(places []int) (measure.Matrix, []int) {
	attributes := Attributes()
	x := measure.NewMatrix(len(places), 2*len(attributes)+1)
	class := make([]int, len(places))
	for j, a := range attributes {
		var known []float64
		for _, at := range places {
			if v := a.scaled(&s.image(at).Measurements); !math.IsNaN(v) {
				known = append(known, v)
			}
		}
		middle := median(known)
		for i, at := range places {
			v := a.scaled(&s.image(at).Measurements)
			if math.IsNaN(v) {
				v = middle
				x.Row(i)[2*j+1] = 1
			}
			x.Row(i)[2*j] = float32(v)
		}
	}
	for i, at := range places {
		m := s.image(at)
		class[i] = m.Collection
		x.Row(i)[x.Cols-1] = float32(one(m.Grey()))
	}
	return x, class
}
