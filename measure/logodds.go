package measure

import (
	"errors"
	"math"
)

// LogOdds is log p(x | c) - log p(x | rest) in nats for each of n rows, where the rest is the mixture, with equal
// shares, of the collections in against: logProb[k] holds log p(x | k) of the n rows. c must not be among them:
// against a mixture that contains c the odds have the bound log 1/share, at which most rows would lie.
func LogOdds(logProb [][]float64, c int, against []int) ([]float64, error) {
	if len(against) == 0 {
		return nil, errors.New("log-odds need a collection to compare with")
	}
	odds := make([]float64, len(logProb[c]))
	for i := range odds {
		top := math.Inf(-1)
		for _, k := range against {
			if k == c {
				return nil, errors.New("log-odds of a collection against itself")
			}
			top = max(top, logProb[k][i])
		}
		sum := 0.0
		for _, k := range against {
			sum += math.Exp(logProb[k][i] - top)
		}
		odds[i] = logProb[c][i] - top - math.Log(sum/float64(len(against)))
	}
	return odds, nil
}
