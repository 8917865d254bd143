package student

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/measure"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Federation is a simulation on one machine of training by clients that keep their rows: federated averaging (McMahan
// et al., "Communication-efficient learning of deep networks from decentralized data", AISTATS 2017). In each round
// some clients take local steps from the same weights, whose weighted mean is the next.
type Federation struct {
	Clients [][]int // rows of each
	Round   int     // clients of a round; 0 means 10
	Local   int     // steps of a client in a round; 0 means 5
	// Virtual draws clients in proportion to their sizes, has each take its steps on as many rows whatever its size,
	// and weighs all alike: FedVC (Hsu, Qi and Brown, "Federated visual classification with real-world data
	// distribution", ECCV 2020). Without it clients are drawn alike and weigh by their sizes.
	Virtual bool
	// Importance weighs a row of class y at client k by p(y)/q_k(y), the class's share among all rows over that of the
	// client's: FedIR of the same paper, with counts smoothed by a half and weights cut at 10. A client that lacks
	// classes has a mean weight far below 1. It takes steps as long as others', on weights scaled to the mean 1, and
	// counts in the mean of the clients by that much less.
	Importance bool
	Rate       float64 // of local steps; 0 means 0.05
}

const (
	clientsOfRound = 10
	localSteps     = 5
	localRate      = 0.05
	mostImportance = 10
)

// client is one on its way through a round.
type client struct {
	rows   []int
	picks  picks
	factor []float32 // of each row in the loss, 1 on average
	size   float64   // total weight of its rows
	mass   float64   // mean importance of its rows
}

// open prepares the clients that have rows of any weight.
func (f Federation) open(r Rows, classes int) []client {
	shares := classShares(r, nil, classes)
	var out []client
	for _, rows := range f.Clients {
		c := client{rows: rows, picks: newPicks(measure.Pick(r.Weight, rows)), factor: make([]float32, len(rows))}
		if c.size = c.picks.upTo[len(rows)-1]; c.size == 0 {
			continue
		}
		own := classShares(r, rows, classes)
		for i, row := range rows {
			c.factor[i] = 1
			if f.Importance {
				c.factor[i] = float32(min(mostImportance, shares[r.Class[row]]/own[r.Class[row]]))
			}
			c.mass += float64(c.factor[i]*r.Weight[row]) / c.size
		}
		for i := range c.factor {
			c.factor[i] /= float32(c.mass)
		}
		out = append(out, c)
	}
	return out
}

// classShares are the shares of the classes among rows (all, for nil), by weight. Those of few rows are smoothed by
// half a row of each class.
func classShares(r Rows, rows []int, classes int) []float64 {
	out, total := make([]float64, classes), 0.0
	add := func(row int) {
		out[r.Class[row]] += float64(r.Weight[row])
		total += float64(r.Weight[row])
	}
	for row := range r.Class {
		if rows == nil {
			add(row)
		}
	}
	for _, row := range rows {
		add(row)
	}
	smooth := 0.0
	if rows != nil {
		smooth = 0.5
	}
	for c := range out {
		out[c] = (out[c] + smooth) / (total + smooth*float64(classes))
	}
	return out
}

// FitFederated takes n.Steps / f.Local rounds, so that every weight has gone through n.Steps local steps.
func (n *Network) FitFederated(ctx context.Context, r Rows, f Federation, rng *rand.Rand) error {
	round, local, rate := f.Round, f.Local, f.Rate
	if round == 0 {
		round = clientsOfRound
	}
	if local == 0 {
		local = localSteps
	}
	if rate == 0 {
		rate = localRate
	}
	exec, err := model.NewExec(n.backend, n.store, func(_ *model.Scope, in []*Node) []*Node {
		_, logits := n.forward(in[0], nil)
		own := OneHot(in[1], n.Classes, logits.DType())
		loss := Neg(ReduceAllMean(Mul(ReduceSum(Mul(LogSoftmax(logits), own), 1), in[2])))
		weights := nn.Trainable(n.store, ownScope)
		values := make([]*Node, len(weights))
		for i, w := range weights {
			values[i] = w.NodeValue(loss.Graph())
		}
		for i, d := range Gradient(loss, values...) {
			weights[i].SetNodeValue(Sub(values[i], MulScalar(d, rate)))
		}
		return []*Node{loss}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	clients := f.open(r, n.Classes)
	if len(clients) == 0 {
		return fmt.Errorf("no client of the federation has a row of any weight")
	}
	// One step makes the weights; the first average begins before it would count.
	if err := n.local(exec, r, clients[0], 1, rng); err != nil {
		return err
	}
	chance := make([]float32, len(clients))
	for k, c := range clients {
		chance[k] = 1
		if f.Virtual {
			chance[k] = float32(c.size)
		}
	}
	picks := newPicks(chance)
	server, err := n.values()
	if err != nil {
		return err
	}
	for range max(1, n.Steps/local) {
		if err := ctx.Err(); err != nil {
			return err
		}
		change, total := make([]float64, len(server)), 0.0
		for _, k := range picks.draw(round, rng) {
			if err := n.setValues(server); err != nil {
				return err
			}
			if err := n.local(exec, r, clients[k], local, rng); err != nil {
				return err
			}
			own, err := n.values()
			if err != nil {
				return err
			}
			weight := clients[k].mass
			if !f.Virtual {
				weight *= clients[k].size
			}
			total += weight
			for i, v := range own {
				change[i] += weight * float64(v-server[i])
			}
		}
		for i := range server {
			server[i] += float32(change[i] / total)
		}
	}
	return n.setValues(server)
}

// local takes steps on the rows of a client.
func (n *Network) local(exec *model.Exec, r Rows, c client, steps int, rng *rand.Rand) error {
	for range steps {
		rows, weight := make([]int, n.batch()), make([]float32, n.batch())
		for i, at := range c.picks.draw(n.batch(), rng) {
			rows[i], weight[i] = c.rows[at], c.factor[at]
		}
		data := []*tensors.Tensor{n.inputs(r, rows, rng), n.classes(r, rows), tensors.FromFlatDataAndDimensions(weight, len(weight))}
		if err := lower(exec, data); err != nil {
			return err
		}
	}
	return nil
}

// values are all weights, one after the other.
func (n *Network) values() ([]float32, error) {
	var out []float32
	for _, w := range nn.Trainable(n.store, ownScope) {
		value, err := w.Value()
		if err != nil {
			return nil, err
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		out = append(out, flat...)
	}
	return out, nil
}

func (n *Network) setValues(values []float32) error {
	for _, w := range nn.Trainable(n.store, ownScope) {
		size := w.Shape().Size()
		if err := w.SetValue(tensors.FromFlatDataAndDimensions(slices.Clone(values[:size]), w.Shape().Dimensions...)); err != nil {
			return err
		}
		values = values[size:]
	}
	return nil
}
