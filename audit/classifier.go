package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Classifier judges an attribute, in place of a judge that learns from the run's own labels. Its errors are counted
// on held-out images with labels and taken out, as those of any judge.
type Classifier struct {
	Attribute string   // the label's name
	Values    []string // of its classes; nil is all of the label's, in their order
	Classes   int
	// Of names the class of each of n images [n, size, size, channels] in [-1, 1].
	Of func(images measure.Images) ([]int, error)
}

// classifierOf is the place among the settings' classifiers of that for an attribute; -1 where there is none.
func (s Settings) classifierOf(attribute string) int {
	return slices.IndexFunc(s.Classifiers, func(c Classifier) bool { return c.Attribute == attribute })
}

// describe makes of images what judges see: the features of [probe.Features], and a column for each classifier with
// the class that it names.
func (s Settings) describe(images measure.Images) (measure.Matrix, error) {
	features, err := probe.Features(images)
	if err != nil || len(s.Classifiers) == 0 {
		return features, err
	}
	named := measure.NewMatrix(features.Rows, len(s.Classifiers))
	for j, c := range s.Classifiers {
		classes, err := c.Of(images)
		if err != nil {
			return features, err
		}
		for i, class := range classes {
			named.Row(i)[j] = float32(class)
		}
	}
	return beside([]measure.Matrix{features, named}), nil
}

// A judge names the value of an attribute, from 0, that each row shows of what [Settings.describe] makes of images.
type judge func(described measure.Matrix) []int

// judgeOf is the user's classifier for an attribute, or a judge that learns from l.
func (h *HeldOut) judgeOf(ctx context.Context, a attribute, l lesson, s Settings) (judge, error) {
	if i := s.classifierOf(a.name); i >= 0 {
		return s.Classifiers[i].judge(a, i-len(s.Classifiers))
	}
	fitted, err := probe.TrainJudge(ctx, l.sample(h.dataset, a), s.Seed)
	if err != nil {
		return nil, err
	}
	return func(described measure.Matrix) []int { return fitted.Judge(columnsTo(described, l.features.Cols)) }, nil
}

// judge reads the verdicts of the classifier from the column that is counted from the end.
func (c Classifier) judge(a attribute, column int) (judge, error) {
	values := c.Values
	if values == nil {
		values = a.values
	}
	if len(values) != c.Classes {
		return nil, fmt.Errorf("the classifier names one of %d classes, but there are %d values, %s: name its classes as --classifier %s:VALUE,VALUE=FILE", c.Classes, len(values), listed(values), a.name)
	}
	of := make([]int, c.Classes)
	for class, value := range values {
		if of[class] = slices.Index(a.values, value); of[class] < 0 {
			return nil, fmt.Errorf("the classifier names %q, which is none of the values that can be judged: %s", value, listed(a.values))
		}
	}
	for _, value := range a.values {
		if !slices.Contains(values, value) {
			return nil, fmt.Errorf("the classifier does not name %q, which the label has", value)
		}
	}
	return func(described measure.Matrix) []int {
		out := make([]int, described.Rows)
		for i := range out {
			row := described.Row(i)
			out[i] = of[int(row[len(row)+column])]
		}
		return out
	}, nil
}
