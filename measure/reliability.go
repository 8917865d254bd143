package measure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Reliability is how far probabilities can be taken at their word.
type Reliability struct {
	// Error is the expected calibration error (Naeini et al. 2015; Guo et al. 2017), less the part that the finite
	// numbers of rows in the bins add to it on average (Kumar, Liang and Ma, "Verified uncertainty calibration",
	// NeurIPS 2019), not below 0.
	Error Estimate `json:"error"`
	Plain float64  `json:"plain"` // the expected calibration error as it is
	P     float64  `json:"p"`     // of bins as far off, were the probabilities right (Hosmer and Lemeshow 1980)
	Brier Estimate `json:"brier"` // mean squared difference of the probability and what happened, 0 or 1 (Brier 1950)
	Bins  []Bin    `json:"bins"`  // those that hold rows
}

// Bin is the rows whose probability lies in one of equal parts of [0, 1].
type Bin struct {
	Said     float64  `json:"said"`     // mean probability
	Happened Estimate `json:"happened"` // share of rows in which it happened
}

// Calibration compares the probabilities that were given to events with whether they happened: with bins [k/bins,
// (k+1)/bins) the expected calibration error is the mean over rows of |mean probability - share happened| of the
// row's bin. For more than two classes, give it the probability of the predicted class and whether that was right.
// Rows of one unit count as dependent.
//
// The interval of the error is Student's, of the linearised sum: below the corrected error and above the plain one,
// since the correction is an estimate too. Its lower end is 0 where P is above 0.05.
func Calibration(probability []float64, happened []bool, units []int, bins int) (Reliability, error) {
	const what = "calibration"
	n := len(probability)
	if len(happened) != n || bins < 1 {
		return Reliability{}, fmt.Errorf("%s: %d probabilities, %d outcomes, %d bins", what, n, len(happened), bins)
	}
	if err := checkUnits(what, units, n); err != nil {
		return Reliability{}, err
	}
	rows := make([][]int, bins)
	squares := make([]float64, n)
	for i, p := range probability {
		if !(p >= 0 && p <= 1) {
			return Reliability{}, fmt.Errorf("%s: probability %d is %v", what, i, p)
		}
		bin := min(bins-1, int(p*float64(bins)))
		rows[bin] = append(rows[bin], i)
		squares[i] = (p - outcome(happened[i])) * (p - outcome(happened[i]))
	}
	var r Reliability
	var err error
	if r.Brier, err = Mean(squares, units); err != nil {
		return r, err
	}
	influence := make([]float64, n)
	var excess, chi float64
	for _, in := range rows {
		if len(in) == 0 {
			continue
		}
		hits := Pick(happened, in)
		bin := Bin{}
		if bin.Happened, err = Proportion(hits, Pick(units, in)); err != nil {
			return r, err
		}
		var said, spread float64
		for _, i := range in {
			said += probability[i] / float64(len(in))
			spread += probability[i] * (1 - probability[i]) / float64(len(in))
		}
		bin.Said = said
		d := said - bin.Happened.Value
		weight := float64(len(in)) / float64(n)
		effect := designEffect(classesOf(hits), Pick(units, in), 2)
		variance := spread * effect / float64(len(in))
		half := 0.5 / float64(len(in)+1) // of a row, so that a share of 0 or 1 is not taken as certain
		share := bin.Happened.Value*(1-2*half) + half
		excess += weight * absoluteExcess(d, math.Sqrt(share*(1-share)*effect/float64(len(in))))
		if variance > 0 {
			chi += d * d / variance
		} else if d != 0 {
			chi = math.Inf(1) // what was said to be certain did not happen
		}
		r.Plain += weight * math.Abs(d)
		for _, i := range in {
			influence[i] = math.Copysign(1, d) * (probability[i] - outcome(happened[i])) / float64(n)
		}
		r.Bins = append(r.Bins, bin)
	}
	for i := range influence {
		influence[i] -= r.Plain / float64(n)
	}
	if r.Error, err = linearised("a calibration error", max(0, r.Plain-excess), influence, units); err != nil {
		return r, err
	}
	half := r.Error.High - r.Error.Value
	r.Error.Low, r.Error.High = max(0, r.Error.Low), min(1, r.Plain+half)
	if r.P = (distuv.ChiSquared{K: float64(len(r.Bins))}).Survival(chi); r.P > 0.05 {
		r.Error.Low = 0
	}
	return r, nil
}

func outcome(happened bool) float64 {
	if happened {
		return 1
	}
	return 0
}
