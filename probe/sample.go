package probe

import (
	"fmt"

	"github.com/dataprism/dataprism/measure"
)

// Sample is rows of known class, which a [Learner] fits a classifier to.
type Sample struct {
	X       measure.Matrix
	Class   []int // of each row, from 0 to Classes-1
	Classes int
	Units   []int // ties rows that an inner split must keep together; may be nil
	// Weight is how much each row counts among those of its class, 0 or more; nil counts all alike. The classes weigh
	// the same whatever it is.
	Weight []float32
	// Offset [rows, Classes] is what is known about each row already, in log-probabilities: it is added to the logits
	// while they are fitted and is no part of what the classifier predicts, so that a cue which explains a row
	// teaches nothing (a product of experts: Hinton, "Training products of experts by minimizing contrastive
	// divergence", 2002; Clark, Yatskar and Zettlemoyer, "Don't take the easy way out", 2019). Without rows there is
	// none.
	Offset measure.Matrix
}

// Check says which part of s does not fit the others.
func (s Sample) Check() error {
	if err := s.X.Check("rows to fit"); err != nil {
		return err
	}
	if err := measure.CheckClasses("rows to fit", s.Class, s.X.Rows, s.Classes); err != nil {
		return err
	}
	if s.Units != nil && len(s.Units) != s.X.Rows {
		return fmt.Errorf("rows to fit: %d units for %d rows", len(s.Units), s.X.Rows)
	}
	if s.Weight != nil && len(s.Weight) != s.X.Rows {
		return fmt.Errorf("rows to fit: %d weights for %d rows", len(s.Weight), s.X.Rows)
	}
	for i, w := range s.Weight {
		if !(w >= 0) || w-w != 0 {
			return fmt.Errorf("rows to fit: the weight of row %d is %v", i, w)
		}
	}
	if s.Offset.Rows == 0 {
		return nil
	}
	if s.Offset.Rows != s.X.Rows || s.Offset.Cols != s.Classes {
		return fmt.Errorf("rows to fit: offsets of shape %dx%d for %d rows of %d classes", s.Offset.Rows, s.Offset.Cols, s.X.Rows, s.Classes)
	}
	return s.Offset.Check("offsets")
}

// At is the sample of the given rows alone.
func (s Sample) At(rows []int) Sample {
	out := Sample{s.X.Select(rows), measure.Pick(s.Class, rows), s.Classes, measure.Pick(s.Units, rows), measure.Pick(s.Weight, rows), measure.Matrix{}}
	if s.Offset.Rows > 0 {
		out.Offset = s.Offset.Select(rows)
	}
	return out
}

// Balanced are the weights of rows in a loss: they average 1, and every class that has any weight has the same.
func (s Sample) Balanced() []float32 {
	total := make([]float64, s.Classes)
	own := func(i int) float64 {
		if s.Weight == nil {
			return 1
		}
		return float64(s.Weight[i])
	}
	for i, c := range s.Class {
		total[c] += own(i)
	}
	present := 0
	for _, t := range total {
		if t > 0 {
			present++
		}
	}
	weight := make([]float32, len(s.Class))
	for i, c := range s.Class {
		if total[c] > 0 {
			weight[i] = float32(own(i) * float64(len(s.Class)) / (float64(present) * total[c]))
		}
	}
	return weight
}

// offset are the offsets of rows from from to to-1, or none.
func (s Sample) offset(from, to int) measure.Matrix {
	if s.Offset.Rows == 0 {
		return measure.Matrix{}
	}
	return s.Offset.Slice(from, to)
}
