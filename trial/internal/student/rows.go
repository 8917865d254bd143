package student

import (
	"context"
	"math/rand/v2"
	"sort"

	"github.com/dataprism/dataprism/measure"
	"github.com/gomlx/gomlx/core/tensors"
)

// inputs is the batch of the given rows.
func (n *Network) inputs(r Rows, rows []int, rng *rand.Rand) *tensors.Tensor {
	w := n.width()
	x := make([]float32, len(rows)*w)
	for i, row := range rows {
		r.Fill(x[i*w:(i+1)*w], row, rng)
	}
	return tensors.FromFlatDataAndDimensions(x, append([]int{len(rows)}, n.Input...)...)
}

func (n *Network) classes(r Rows, rows []int) *tensors.Tensor {
	class := make([]int32, len(rows))
	for i, row := range rows {
		class[i] = int32(r.Class[row])
	}
	return tensors.FromFlatDataAndDimensions(class, len(rows))
}

func (n *Network) offsets(r Rows, rows []int) *tensors.Tensor {
	offset := make([]float32, len(rows)*n.Classes)
	if r.Offset.Rows > 0 {
		for i, row := range rows {
			copy(offset[i*n.Classes:], r.Offset.Row(row))
		}
	}
	return tensors.FromFlatDataAndDimensions(offset, len(rows), n.Classes)
}

// kept is what the last hidden layer of rows is multiplied by where units are dropped; nothing where none are.
func (n *Network) kept(rows int, rng *rand.Rand) []*tensors.Tensor {
	if n.Drop == 0 {
		return nil
	}
	out := make([]float32, rows*n.Body.units)
	for i := range out {
		if rng.Float64() >= n.Drop {
			out[i] = float32(1 / (1 - n.Drop))
		}
	}
	return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(out, rows, n.Body.units)}
}

// LogProbs are the log-probabilities of the classes of count rows.
func (n *Network) LogProbs(ctx context.Context, count int, fill func(to []float32, row int, rng *rand.Rand)) (measure.Matrix, error) {
	const block = 128
	out := measure.NewMatrix(count, n.Classes)
	rows := make([]int, block)
	for from := 0; from < count; from += block {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		for i := range rows {
			rows[i] = min(from+i, count-1)
		}
		x := n.inputs(Rows{Fill: fill}, rows, nil)
		result, err := call(n.predict, x)
		x.MustFinalizeAll()
		if err != nil {
			return out, err
		}
		err = tensors.ConstFlatData(result[0], func(flat []float32) { copy(out.Data[from*n.Classes:], flat) })
		result[0].MustFinalizeAll()
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// picks draws rows in proportion to weights.
type picks struct{ upTo []float64 }

func newPicks(weight []float32) picks {
	p := picks{make([]float64, len(weight))}
	total := 0.0
	for i, w := range weight {
		total += float64(w)
		p.upTo[i] = total
	}
	return p
}

func (p picks) draw(n int, rng *rand.Rand) []int {
	rows := make([]int, n)
	total := p.upTo[len(p.upTo)-1]
	for i := range rows {
		at := rng.Float64() * total
		rows[i] = min(sort.Search(len(p.upTo), func(j int) bool { return p.upTo[j] > at }), len(p.upTo)-1)
	}
	return rows
}
