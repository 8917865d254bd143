package trial

import (
	"context"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/trial/internal/student"
)

// fitFederated is a network that is trained by federated averaging over the contributors of its set, which are its
// units (pair, group): a simulation on one machine, which keeps nothing private. "vc" and "ir" are those of
// [student.Federation]; "dealt" deals images to contributors of the same sizes at random, so that no other inequality
// is left. It takes so many rounds that the model has gone through as many steps as other experts'; each round has
// ten contributors of five steps.
func fitFederated(ctx context.Context, j *job) (measure.Matrix, error) {
	c, rows, test, err := j.configure(j.option("conv"))
	if err != nil {
		return measure.Matrix{}, err
	}
	n, err := student.New(j.Backend, c)
	if err != nil {
		return measure.Matrix{}, err
	}
	defer n.Close()
	rng := stream.New(j.seed, stream.TrialFit, j.repeat)
	clients := measure.RowsOfUnits(j.train.Units, j.train.Rows())
	if j.option("dealt") {
		dealt := rng.Perm(j.train.Rows())
		for _, rows := range clients {
			for i, r := range rows {
				rows[i] = dealt[r]
			}
		}
	}
	f := student.Federation{Clients: clients, Virtual: j.option("vc"), Importance: j.option("ir")}
	if err := n.FitFederated(ctx, rows, f, rng); err != nil {
		return measure.Matrix{}, err
	}
	return n.LogProbs(ctx, j.test.Rows(), test)
}
