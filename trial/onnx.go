package trial

import (
	"context"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/network"
	"github.com/dataprism/dataprism/measure"
)

// runONNX is an expert of the user's in an ONNX file, whose values are those of the label in their order:
// probabilities, where those of every image are none below 0 and add up to 1, and logits elsewhere. One value is the
// probability or the log-odds of the positive one. The option says which values the network takes for black and
// white.
func runONNX(ctx context.Context, j *job) (measure.Matrix, error) {
	scale := network.Signed
	if len(j.expert.Options) > 0 {
		scale = network.Scale(j.expert.Options[0])
	}
	n, err := network.Open(j.Backend, j.expert.Sets[0].File, "", scale, j.test.Side)
	if err != nil {
		return measure.Matrix{}, err
	}
	if n.Width() != j.classes && (n.Width() != 1 || j.classes != 2) {
		return measure.Matrix{}, &FileError{j.expert.Sets[0].File, 0,
			fmt.Sprintf("the network gives %d values an image, but the label %s has %d: %q", n.Width(), j.labels.Label, j.classes, j.labels.Values)}
	}
	said := measure.NewMatrix(j.test.Rows(), n.Width())
	for from := 0; from < said.Rows; from += chunk {
		if err := ctx.Err(); err != nil {
			return measure.Matrix{}, err
		}
		j.progress("running "+j.expert.Name, from, said.Rows)
		part, err := n.Run(ctx, j.test.Images(from, min(from+chunk, said.Rows)))
		if err != nil {
			return measure.Matrix{}, err
		}
		copy(said.Data[from*said.Cols:], part.Data)
	}
	return logProbsOf(said, j.classes), nil
}

// logProbsOf are log-probabilities of what a network says, which may be probabilities or logits.
func logProbsOf(said measure.Matrix, classes int) measure.Matrix {
	probabilities := true
	for r := range said.Rows {
		total := 0.0
		for _, v := range said.Row(r) {
			total += float64(v)
			probabilities = probabilities && v >= 0 && v <= 1
		}
		probabilities = probabilities && (said.Cols == 1 || math.Abs(total-1) < 1e-3)
	}
	out := measure.NewMatrix(said.Rows, classes)
	for r := range said.Rows {
		p, top := make([]float64, classes), math.Inf(-1)
		for c, v := range said.Row(r) {
			p[c] = float64(v)
			top = max(top, p[c])
		}
		switch {
		case said.Cols == 1 && !probabilities:
			p[0], p[1], top = 0, p[0], max(0, p[0])
		case said.Cols == 1:
			p[0], p[1] = 1-p[0], p[0]
		}
		total := 0.0
		for c := range p {
			if !probabilities {
				p[c] = math.Exp(p[c] - top)
			}
			total += p[c]
		}
		for c := range p {
			out.Row(r)[c] = float32(math.Log(max(p[c]/total, 1e-12)))
		}
	}
	return out
}
