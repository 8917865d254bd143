package trial

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/trial/internal/student"
)

// The roles of images in counterfactual pairs.
const (
	roleOriginal       = "original"
	roleSelf           = "self" // the original's reconstruction, which takes its place: the others come out of the same decoder
	roleFactual        = "factual"
	roleCounterfactual = "counterfactual"
)

// contrastWeight is how much the contrast within a pair counts beside the cross-entropy.
const contrastWeight = 0.5

// fitPairs is a network that is fitted to counterfactual pairs: images with a pair and a role, such as project
// --pairs writes. "plain" leaves the contrast within pairs out, and "shuffled" pairs each original with another's
// counterfactuals, which keeps what is seen and takes away what belongs together.
func fitPairs(ctx context.Context, j *job) (measure.Matrix, error) {
	rng := stream.New(j.seed, stream.TrialFit, j.repeat)
	triples, err := j.train.triples()
	if err != nil {
		return measure.Matrix{}, err
	}
	if j.option("shuffled") {
		for i, k := range rng.Perm(len(triples)) {
			if k < i {
				triples[i].Factual, triples[k].Factual = triples[k].Factual, triples[i].Factual
				triples[i].Counterfactual, triples[k].Counterfactual = triples[k].Counterfactual, triples[i].Counterfactual
			}
		}
	}
	c, rows, test, err := j.configure(j.option("conv"))
	if err != nil {
		return measure.Matrix{}, err
	}
	for r, w := range j.weight { // a triple is drawn by its original's weight, and has both values of the label
		rows.Weight[r] = float32(w)
	}
	n, err := student.New(j.Backend, c)
	if err != nil {
		return measure.Matrix{}, err
	}
	defer n.Close()
	contrast := contrastWeight
	if j.option("plain") {
		contrast = 0
	}
	if err := n.FitPairs(ctx, rows, triples, contrast, rng); err != nil {
		return measure.Matrix{}, err
	}
	return n.LogProbs(ctx, j.test.Rows(), test)
}

// triples are the pairs of a set that have all three roles.
func (s *Set) triples() ([]student.Triple, error) {
	place := map[string]int{} // of a pair among the triples
	var all []student.Triple
	var have [][3]bool
	for r := range s.Rows() {
		if s.Pair == nil || s.Pair[r] == "" {
			continue
		}
		at, seen := place[s.Pair[r]]
		if !seen {
			at = len(all)
			place[s.Pair[r]] = at
			all, have = append(all, student.Triple{}), append(have, [3]bool{})
		}
		switch s.Role[r] {
		case roleSelf:
			all[at].Original, have[at][0] = r, true
		case roleOriginal:
			if !have[at][0] {
				all[at].Original, have[at][0] = r, true
			}
		case roleFactual:
			all[at].Factual, have[at][1] = r, true
		case roleCounterfactual:
			all[at].Counterfactual, have[at][2] = r, true
		}
	}
	var whole []student.Triple
	for i, h := range have {
		if h == [3]bool{true, true, true} {
			whole = append(whole, all[i])
		}
	}
	if len(whole) < leastOfValue {
		return nil, fmt.Errorf("the method pairs needs images with a pair and the roles %s, %s and %s, such as project --pairs writes: the set has %d whole pairs",
			roleOriginal, roleFactual, roleCounterfactual, len(whole))
	}
	return whole, nil
}
