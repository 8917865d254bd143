package train

import (
	"context"
	"slices"

	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/prism"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// fitSlices fits the flow's steps along directions at a place: before the blocks to the latents that these see, with their
// noise, and behind them, where nothing follows that could, to posterior means, whose codes projections are made of and a
// probe looks at.
func (t *trainer) fitSlices(ctx context.Context, place flow.Place, use purpose, all []posteriors, rows [][]int) error {
	const most = 8192 // latents of a collection
	exec, err := model.NewExec(t.backend, t.store, func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{t.ownFlow().BeforeSlices(place, in[0], t.prism.Flow.Condition(in[1]))}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	picks := newOrder(t.Seed, use, rows)
	rng := picks.draws(0)
	latents := func(c, n int) (z []float32) {
		for i := range n {
			row := picks.row(c, i)
			if place == flow.BehindBlocks {
				z = append(z, all[c].mean[row*t.prism.Dim():(row+1)*t.prism.Dim()]...)
			} else {
				z = t.noisy(z, all[c], row, rng)
			}
		}
		return z
	}
	codes := make([][]float32, len(rows)+1)
	fewest := most
	for c := range rows {
		if codes[c], err = t.codesBy(exec, latents(c, min(len(rows[c]), most)), c); err != nil {
			return err
		}
		fewest = min(fewest, len(rows[c]))
	}
	var mixed []float32 // of all collections alike
	for c := range rows {
		mixed = append(mixed, latents(c, min(fewest, most/len(rows)))...)
	}
	if codes[len(rows)], err = t.codesBy(exec, mixed, t.prism.Any()); err != nil {
		return err
	}
	used, err := t.ownFlow().FitSlices(ctx, place, codes, rng)
	if ctx.Err() != nil {
		return ErrStopped
	} else if err != nil {
		return err
	}
	t.note("codes are moved along %d directions %s", used, map[flow.Place]string{flow.BeforeBlocks: "before the blocks", flow.BehindBlocks: "behind them"}[place])
	t.prism, err = prism.New(t.backend, t.store, t.Model, t.Seed)
	return err
}

// codesBy are what exec, a map of latents and their labels, makes of latents z of one label, in bounded memory.
func (t *trainer) codesBy(exec *model.Exec, z []float32, label int) (codes []float32, err error) {
	const chunk = 512
	for part := range slices.Chunk(z, chunk*t.prism.Dim()) {
		labels := slices.Repeat([]int32{int32(label)}, len(part)/t.prism.Dim())
		if err := nn.Catch(func() {
			out := exec.MustCall(t.rowTensor(part), tensors.FromFlatDataAndDimensions(labels, len(labels)))[0]
			codes = append(codes, tensors.MustCopyFlatData[float32](out)...)
			out.MustFinalizeAll()
		}); err != nil {
			return nil, err
		}
	}
	return codes, nil
}
