package weigh

import (
	"context"
	"math"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Cue is how far something simple tells a label, by classifiers that were fitted without the row that they predict,
// and for which every value of the label weighs the same.
type Cue struct {
	Name    string `json:"name"`
	Columns int    `json:"columns"` // numbers that it is made of
	// AUC is the area under the curve, for labels of two values.
	AUC measure.Estimate `json:"auc"`
	// Accuracy is balanced over the values.
	Accuracy measure.Estimate `json:"accuracy"`
	// Solved is the share of the label that it tells beyond guessing, (accuracy - 1/K)/(1 - 1/K) of K values.
	Solved measure.Estimate `json:"solved"`
	// Information is 1 - CE/log K, CE being the mean of -log p(label|cue), in which values weigh the same: what of
	// the label's entropy the cue takes away.
	Information measure.Estimate `json:"information"`
}

// cueOf measures predictions of a label.
func cueOf(name string, columns int, p probe.Predictions, l Label, units []int) (Cue, error) {
	values := len(l.Values)
	cue := Cue{Name: name, Columns: columns}
	var err error
	if cue.Accuracy, err = measure.BalancedAccuracy(l.Class, measure.ArgMax(p.LogProbs), values, units); err != nil {
		return cue, err
	}
	chance := 1 / float64(values)
	cue.Solved = mapped(cue.Accuracy, func(a float64) float64 { return (a - chance) / (1 - chance) })
	count := make([]float64, values)
	for _, c := range l.Class {
		count[c]++
	}
	loss, weight := make([]float64, len(l.Class)), make([]float64, len(l.Class))
	for i, c := range l.Class {
		weight[i] = 1 / count[c]
		loss[i] = -float64(p.LogProbs.Row(i)[c]) * weight[i]
	}
	entropy, err := measure.MeanRatio(loss, weight, units)
	if err != nil {
		return cue, err
	}
	information := mapped(entropy, func(ce float64) float64 { return 1 - ce/math.Log(float64(values)) })
	information.Low, information.High = information.High, information.Low
	cue.Information = information
	if values == 2 {
		score, positive := make([]float64, len(l.Class)), make([]bool, len(l.Class))
		for i, c := range l.Class {
			score[i] = float64(p.LogProbs.Row(i)[1] - p.LogProbs.Row(i)[0])
			positive[i] = c == 1
		}
		cue.AUC, err = measure.StratifiedAUC(score, positive, units, p.Fold)
	}
	return cue, err
}

// mapped is an estimate of f of what e estimates.
func mapped(e measure.Estimate, f func(float64) float64) measure.Estimate {
	return measure.Estimate{Value: f(e.Value), Low: f(e.Low), High: f(e.High), N: e.N}
}

// crossed predicts a label from the rows of x by a linear classifier, each by one fitted without its unit.
func crossed(ctx context.Context, x measure.Matrix, l Label, units []int, seed uint64) (probe.Predictions, error) {
	s := probe.Sample{X: x, Class: l.Class, Classes: len(l.Values), Units: units}
	return probe.CrossPredict(ctx, s, probe.Linear{}, probe.CrossValidation{Seed: seed})
}

// indicators is a row of 0 and a single 1 for each row: which value of a label it has.
func indicators(l Label) measure.Matrix {
	x := measure.NewMatrix(len(l.Class), len(l.Values))
	for i, c := range l.Class {
		x.Row(i)[c] = 1
	}
	return x
}
