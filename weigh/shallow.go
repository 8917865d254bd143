package weigh

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// LeastShallow is the least weight that [ShallowWeights] gives, before weights are scaled.
const LeastShallow = 0.05

// ShallowWeights are 1 - p for the probability p that a cue gives the true label of each row, by a classifier that
// was not fitted to the row, and [LeastShallow] at least: rows that the cue solves count little. They are scaled to
// the mean 1.
func ShallowWeights(p []float64) []float64 {
	weight := make([]float64, len(p))
	for i, each := range p {
		weight[i] = max(LeastShallow, 1-each)
	}
	capped(weight, math.Inf(1))
	return weight
}

// Shallow is what was found about the cues that tell a label.
type Shallow struct {
	Ladder []Cue `json:"ladder"` // from the simplest on
	// Permuted is the 16x16 thumbnail's cue for labels dealt anew, which it cannot tell.
	Permuted Cue    `json:"permuted"`
	Cue      string `json:"cue"` // the one that the weights are of
	// Easy is of how many rows that cue gives the true label a probability above 0.9.
	Easy int `json:"easy"`
}

// Shallow measures how far each cue of a ladder tells a label, and weighs rows against the cue of the given name.
func (r *Rows) Shallow(ctx context.Context, label, by string) (*Result, error) {
	y, rare, err := r.target(label)
	if err != nil {
		return nil, err
	}
	rows := labelled(len(r.Row), y)
	part := r.at(rows)
	y = y.at(rows)
	names, cues, err := part.cues(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, by) {
		return nil, fmt.Errorf("there is no cue %q: take one of %s", by, strings.Join(names, ", "))
	}
	out, found := r.result("shallow", label, part, label), &Shallow{Cue: by}
	out.rare(rare)
	for i, x := range cues {
		r.Settings.progress("measuring how far cues tell "+label, i, len(cues)+1)
		p, err := crossed(ctx, x, y, part.Units, r.Settings.Seed)
		if err != nil {
			return nil, err
		}
		cue, err := cueOf(names[i], x.Cols, p, y, part.Units)
		if err != nil {
			return nil, err
		}
		found.Ladder = append(found.Ladder, cue)
		if names[i] == by {
			low := truth(p, y)
			for _, each := range low {
				if each > 0.9 {
					found.Easy++
				}
			}
			out.Weight, out.Column = ShallowWeights(low), []Column{{"p_low", low}}
		}
	}
	permuted := y
	permuted.Class = measure.PermuteClasses(y.Class, part.Units, stream.New(r.Settings.Seed, stream.WeighPermuted))
	x := cues[slices.Index(names, ThumbnailCue)]
	p, err := crossed(ctx, x, permuted, part.Units, r.Settings.Seed)
	if err != nil {
		return nil, err
	}
	if found.Permuted, err = cueOf(ThumbnailCue, x.Cols, p, permuted, part.Units); err != nil {
		return nil, err
	}
	out.Shallow = found
	return out.finish(), nil
}

// truth is the probability that predictions give the true label of each row.
func truth(p probe.Predictions, y Label) []float64 {
	out := make([]float64, len(y.Class))
	for i, c := range y.Class {
		out[i] = math.Exp(float64(p.LogProbs.Row(i)[c]))
	}
	return out
}

// cues reads all cues off the rows' images, each as [rows, columns].
func (r *Rows) cues(ctx context.Context) (names []string, cues []measure.Matrix, err error) {
	rungs := ladder()
	cues = make([]measure.Matrix, len(rungs))
	for _, each := range rungs {
		names = append(names, each.name)
	}
	side, channels := r.Data.Size, r.Data.Channels
	var z []float32
	posterior := r.prism != nil && r.prism.Complete() == nil && len(distinct(r.Collection)) > 1
	err = r.images(ctx, "reading cues off training images", func(from, to int, images []float32) error {
		for i, each := range rungs {
			x, err := each.read(measure.Images{N: to - from, H: side, W: side, C: channels, Data: images})
			if err != nil {
				return err
			}
			cues[i] = measure.Matrix{Rows: cues[i].Rows + x.Rows, Cols: x.Cols, Data: append(cues[i].Data, x.Data...)}
		}
		if !posterior {
			return nil
		}
		part, _, err := r.prism.Encode(images)
		z = append(z, part...)
		return err
	})
	if err != nil || !posterior {
		return names, cues, err
	}
	x, err := r.posterior(z)
	if err != nil {
		return nil, nil, err
	}
	at := slices.Index(names, ThumbnailCue)
	return slices.Insert(names, at, PosteriorCue), slices.Insert(cues, at, x), nil
}

// posterior is log p(z|c) less the largest, of each collection, cut at -100 nats.
func (r *Rows) posterior(z []float32) (measure.Matrix, error) {
	each, err := r.prism.LogProb(z)
	if err != nil {
		return measure.Matrix{}, err
	}
	x := measure.NewMatrix(len(r.Row), len(each))
	for i := range x.Rows {
		top := float32(math.Inf(-1))
		for _, of := range each {
			top = max(top, of[i])
		}
		for c, of := range each {
			x.Row(i)[c] = max(-100, of[i]-top)
		}
	}
	return x, x.Check("log p(z|c)")
}
