package audit

import (
	"context"

	"github.com/dataprism/dataprism/measure"
)

// Bias is how much more often a value is seen in what is made under a collection than in the collection itself:
// differences of shares, keyed by the value.
type Bias struct {
	Amplification map[string]measure.Estimate `json:"amplification"` // samples less data
	Temperature   map[string]measure.Estimate `json:"temperature"`   // samples as they are shown less samples at temperature 1
	Projection    map[string]measure.Estimate `json:"projection"`    // projections into it less data
}

// measureBias compares the shares of each attribute that the evaluation has.
func measureBias(_ context.Context, _ *HeldOut, _ Settings, a *Audit) error {
	a.Bias = map[string]map[string]Bias{}
	for attribute, collections := range a.Attributes {
		a.Bias[attribute] = map[string]Bias{}
		for c, shares := range collections {
			a.Bias[attribute][c] = Bias{
				Amplification: contrasts(shares.Samples, shares.Data),
				Temperature:   contrasts(shares.Shown, shares.Samples),
				Projection:    contrasts(shares.Projected, shares.Data),
			}
		}
	}
	return nil
}

// contrasts are the differences of shares of the values that both have.
func contrasts(made, data map[string]measure.Estimate) map[string]measure.Estimate {
	out := map[string]measure.Estimate{}
	for value, share := range made {
		if own, ok := data[value]; ok {
			out[value] = measure.Contrast(share, own)
		}
	}
	return out
}
