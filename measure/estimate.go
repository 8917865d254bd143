package measure

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Estimate is a measured value with its 95% confidence interval and the number of observations it rests on. The zero
// Estimate, which rests on none, is one that was not measured: null in JSON.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

// Exact is an estimate without uncertainty: a number that is known, such as a chance level, with n the number of
// cases it is stated for.
func Exact(value float64, n int) Estimate { return Estimate{value, value, value, n} }

// Measured says whether there is a value.
func (e Estimate) Measured() bool { return e.N > 0 }

// MarshalJSON implements [json.Marshaler].
func (e Estimate) MarshalJSON() ([]byte, error) {
	type fields Estimate
	if !e.Measured() {
		return []byte("null"), nil
	}
	return json.Marshal(fields(e))
}

// Excludes says whether x lies outside the 95% interval.
func (e Estimate) Excludes(x float64) bool { return x < e.Low || x > e.High }

// String formats the estimate as "0.512 [0.498, 0.526], n = 6114".
func (e Estimate) String() string {
	return fmt.Sprintf("%.4g [%.4g, %.4g], n = %d", e.Value, e.Low, e.High, e.N)
}

// Quantile returns the q-quantile of values (q in [0, 1]), which is that of [SortedQuantile]: the plain number, since the
// tail of a worst case has no useful interval.
func Quantile(values []float64, q float64) (float64, error) {
	if len(values) == 0 {
		return 0, ErrEmpty
	}
	if !(q >= 0 && q <= 1) {
		return 0, fmt.Errorf("quantile %v is not in [0, 1]", q)
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return SortedQuantile(sorted, q), nil
}

// SortedQuantile is the q-quantile of n sorted values, n > 0 and q in [0, 1], by linear interpolation between order
// statistics: at the place q (n-1), counted from the first (type 7 of Hyndman and Fan, "Sample quantiles in statistical
// packages", 1996).
func SortedQuantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
