package trial

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// successors draws codes as there are of each class, from normal distributions that are fitted to those of the class, their
// deviations from its mean times scale.
func successors(codes measure.Matrix, class []int, classes int, counts []int, scale float64, rng *rand.Rand) (measure.Matrix, []int) {
	out := measure.Matrix{Cols: codes.Cols}
	var drawn []int
	for c := range classes {
		rows := rowsOf(class, c)
		if len(rows) < 2 || counts[c] == 0 {
			continue
		}
		out.Data = append(out.Data, fitNormal(codes.Select(rows), Shapes()[0]).draw(counts[c], scale, rng)...)
		for range counts[c] {
			drawn = append(drawn, c)
		}
	}
	out.Rows = len(drawn)
	return out, drawn
}

// beginning is the rows of D_0: the units drawn again, and of their rows as many as were asked for. Every seed has its
// own, so that intervals over seeds hold what the choice does.
func (l *looped) beginning(seed int) []int {
	var rows []int
	for r, w := range again(ones(l.start.Rows()), l.start.Units, l.trial.maker.next, l.Seed, seed+1) {
		for range int(w) {
			rows = append(rows, r)
		}
	}
	if l.Images > 0 && l.Images < len(rows) {
		rng := stream.New(l.Seed, stream.TrialChoice, seed)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		rows = rows[:l.Images]
	}
	return rows
}

// generations runs the loop once.
func (l *looped) generations(ctx context.Context, seed int) ([]generation, error) {
	maker := l.trial.maker
	classes := len(maker.labels.Values)
	rng := stream.New(l.Seed, stream.TrialLoop, seed)
	begin := l.beginning(seed)
	first := l.start.at(begin)
	counts := first.counts(classes)
	data, codes := first, l.codes.Select(begin)
	control, err := l.classify(ctx, data, seed)
	if err != nil {
		return nil, err
	}
	out := []generation{{images: data.Rows(), loop: control.outcome, control: control.outcome}}
	latest := control
	for g := 1; g <= l.Generations; g++ {
		maker.progress(fmt.Sprintf("generation %d of seed %d", g, seed+1), seed*l.Generations+g-1, l.Seeds*l.Generations)
		v, class := successors(codes, data.Class, classes, counts, maker.Prism.Scale(l.Temperature), rng)
		drawn := &Set{Side: data.Side, Channels: data.Channels}
		for _, c := range class { // under which collection a drawn code is shown follows the shares of D_0
			maker.addDrawn(drawn, c, first.Under[rng.IntN(first.Rows())])
		}
		if drawn, err = maker.remake(ctx, "drawing", drawn, func(from, to int) ([]float32, error) {
			return maker.Prism.Latents(v.Slice(from, to).Data, drawn.Under[from:to])
		}); err != nil {
			return nil, err
		}
		if err := l.relabel(drawn, latest, rng); err != nil {
			return nil, err
		}
		again, err := maker.allCodes(ctx, drawn)
		if err != nil {
			return nil, err
		}
		x, err := drawn.Features()
		if err != nil {
			return nil, err
		}
		shares, err := measure.Shares(l.judge.Judge(x), nil, l.errors, stream.New(l.Seed, stream.TrialLoop, seed, g))
		if err != nil {
			return nil, err
		}
		if l.Replace {
			data, codes = drawn, again
		} else {
			data = join([]*Set{data, drawn})
			codes = measure.Matrix{Rows: codes.Rows + again.Rows, Cols: codes.Cols, Data: append(append([]float32(nil), codes.Data...), again.Data...)}
		}
		if latest, err = l.classify(ctx, data, seed); err != nil {
			return nil, err
		}
		out = append(out, generation{data.Rows(), latest.outcome, control.outcome, valuesOfAll(shares)})
	}
	return out, nil
}

// valuesOfAll are the values of estimates.
func valuesOfAll(estimates []measure.Estimate) []float64 {
	out := make([]float64, len(estimates))
	for i, e := range estimates {
		out[i] = e.Value
	}
	return out
}

// classified is a classifier of a generation on the test, and on images that are drawn later.
type classified struct {
	outcome
	said func(set *Set) (measure.Matrix, error)
}

// classify fits the classifier of a generation.
func (l *looped) classify(ctx context.Context, data *Set, seed int) (classified, error) {
	m, _ := methodOf(l.Method)
	fitted := func(test *Set) (measure.Matrix, error) {
		return m.fit(ctx, &job{maker: l.trial.maker, expert: l.trial.Experts[0], train: data, weight: ones(data.Rows()), test: test,
			classes: len(l.trial.maker.labels.Values), repeat: seed + 1, steps: l.Steps})
	}
	said, err := fitted(l.trial.tests.set)
	if err != nil {
		return classified{}, err
	}
	return classified{l.trial.maker.outcomeOf(l.trial.tests, l.trial.tests.names[0], fit{logProbs: said}), fitted}, nil
}

// relabel gives drawn images the labels that the loop asks for.
func (l *looped) relabel(drawn *Set, latest classified, rng *rand.Rand) error {
	if l.Labels == "condition" {
		return nil
	}
	said, err := latest.said(drawn)
	if err != nil {
		return err
	}
	if l.Labels == "argmax" {
		drawn.Class = measure.ArgMax(said)
		return nil
	}
	for r := range drawn.Class {
		u := rng.Float64()
		for c, lp := range said.Row(r) {
			drawn.Class[r] = c
			if u -= math.Exp(float64(lp)); u < 0 {
				break
			}
		}
	}
	return nil
}
