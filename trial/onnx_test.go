package trial

import (
	"math"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

func TestWhatNetworksSayBecomesLogProbabilities(t *testing.T) {
	for name, of := range map[string]struct {
		said measure.Matrix
		want []float64 // probability of the last class of each row
	}{
		"probabilities":      {measure.Matrix{Rows: 2, Cols: 2, Data: []float32{0.2, 0.8, 0.9, 0.1}}, []float64{0.8, 0.1}},
		"logits":             {measure.Matrix{Rows: 1, Cols: 2, Data: []float32{1, 3}}, []float64{1 / (1 + math.Exp(-2))}},
		"one probability":    {measure.Matrix{Rows: 2, Cols: 1, Data: []float32{0.3, 1}}, []float64{0.3, 1}},
		"one log-odds":       {measure.Matrix{Rows: 2, Cols: 1, Data: []float32{-2, 0}}, []float64{1 / (1 + math.Exp(2)), 0.5}},
		"negative log-odds":  {measure.Matrix{Rows: 1, Cols: 1, Data: []float32{-800}}, []float64{0}},
		"probable by chance": {measure.Matrix{Rows: 2, Cols: 2, Data: []float32{0.5, 0.5, 0.5, 2}}, []float64{0.5, 1 / (1 + math.Exp(-1.5))}},
	} {
		got := logProbsOf(of.said, 2)
		for r, want := range of.want {
			if p := math.Exp(float64(got.Row(r)[1])); math.Abs(p-want) > 1e-6 {
				t.Errorf("%s: row %d has %v, want %v", name, r, p, want)
			}
		}
	}
}
