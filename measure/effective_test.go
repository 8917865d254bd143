package measure

import "testing"

func TestEffectiveNumberOfKnownWeights(t *testing.T) {
	for _, test := range []struct {
		weights []float64
		want    float64
	}{
		{[]float64{2, 2, 2}, 3}, {[]float64{4, 0, 0}, 1}, {[]float64{3, 1}, 1.6}, {[]float64{0, 0}, 0}, {nil, 0},
	} {
		if got := Effective(test.weights); got != test.want {
			t.Errorf("%v: %g, want %g", test.weights, got, test.want)
		}
	}
}
