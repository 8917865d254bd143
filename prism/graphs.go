package prism

import (
	"fmt"
	"slices"
	"sync"

	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/pretrained"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// The batches that graphs are compiled for. Images take time in proportion to their number: those of a request are cut
// into batches that they fill. Of latents and codes eight take hardly longer than one: a request is cut into the largest
// batches, and padded up to the smallest that holds the rest.
var (
	imageBatches  = []int{1, 2, 4, 8, 64}
	latentBatches = []int{1, 8, 64}
)

// graphs are the compiled maps of a prism.
type graphs struct {
	images                                   []int      // batches of images
	mu                                       sync.Mutex // variables of a store are not safe for concurrent compilation
	encode, decode, codes, marginal, latents *model.Exec
	whole, compress, restore, detailed       *model.Exec // of a stage one that others have trained
}

// compiled is a map, and how it is built.
type compiled struct {
	exec **model.Exec
	fn   func(scope *model.Scope, in []*Node) []*Node
}

func (s *graphs) build(p *Prism) error {
	s.images = imageBatches
	if m := p.Config.Net2Net; m != nil && m.Large != nil {
		s.images = imageBatches[:1] // an image of its is enough work for all processors, and takes hundreds of megabytes
	}
	if c := p.Config.Pretrained; c != nil {
		s.images = slices.Compact([]int{1, c.Batch()})
	}
	maps := []compiled{
		{&s.encode, func(_ *model.Scope, in []*Node) []*Node {
			mean, logVar := p.Autoencoder.Encode(in[0])
			return []*Node{mean, logVar}
		}},
		{&s.decode, func(_ *model.Scope, in []*Node) []*Node {
			return []*Node{ClipScalar(p.Autoencoder.Decode(in[0]), -1, 1)}
		}},
		{&s.codes, func(_ *model.Scope, in []*Node) []*Node {
			v, logDet := p.Flow.Forward(in[0], p.Flow.Condition(in[1]))
			return []*Node{v, Add(flow.LogNormal(v), logDet)}
		}},
		// For the published flow, the density under any label takes a pass for each collection.
		{&s.marginal, func(_ *model.Scope, in []*Node) []*Node {
			logProb, v := p.Flow.LogProb(in[0], p.Flow.Condition(in[1]))
			return []*Node{v, logProb}
		}},
		{&s.latents, func(_ *model.Scope, in []*Node) []*Node {
			return []*Node{p.Flow.Inverse(in[0], p.Flow.Condition(in[1]))}
		}},
	}
	if a, ok := p.Autoencoder.(*pretrained.Autoencoder); ok {
		maps = append(maps, s.ofPretrained(a)...)
	}
	for _, each := range maps {
		exec, err := model.NewExec(p.backend, p.store, each.fn)
		if err != nil {
			return err
		}
		*each.exec = exec
	}
	return nil
}

// input is one argument of a graph: rows of width values, or one integer a row.
type input struct {
	values []float32
	labels []int
	dims   []int // of one row; nil for labels
}

func (in input) tensor(from, n, batch int) *tensors.Tensor {
	if in.labels != nil {
		labels := make([]int32, batch)
		for i := range n {
			labels[i] = int32(in.labels[from+i])
		}
		return tensors.FromFlatDataAndDimensions(labels, batch)
	}
	width := 1
	for _, d := range in.dims {
		width *= d
	}
	values := make([]float32, batch*width)
	copy(values, in.values[from*width:(from+n)*width])
	return tensors.FromFlatDataAndDimensions(values, append([]int{batch}, in.dims...)...)
}

// batch is how many rows the next batch of exec holds where n are left, those that pad it included.
func (s *graphs) batch(exec *model.Exec, n int) int {
	if exec == s.encode || exec == s.decode || exec == s.whole || exec == s.restore || exec == s.detailed {
		filled := s.images[0]
		for _, size := range s.images {
			if size <= n {
				filled = size
			}
		}
		return filled
	}
	for _, size := range latentBatches {
		if size >= n {
			return size
		}
	}
	return latentBatches[len(latentBatches)-1]
}

// call runs exec over n rows of the inputs and returns each output flat, [n, ...]. Other calls may run between its
// batches, so that a long one does not hold up short ones.
func (s *graphs) call(exec *model.Exec, n int, inputs ...input) (outputs [][]float32, err error) {
	for from := 0; from < n; {
		batch := s.batch(exec, n-from)
		rows := min(n-from, batch)
		args := make([]any, len(inputs))
		for i, in := range inputs {
			args[i] = in.tensor(from, rows, batch)
		}
		results, err := s.run(exec, args)
		if err != nil {
			return nil, fmt.Errorf("running the model: %w", err)
		}
		if outputs == nil {
			outputs = make([][]float32, len(results))
		}
		for i, r := range results {
			if err := tensors.ConstFlatData(r, func(flat []float32) {
				outputs[i] = append(outputs[i], flat[:len(flat)/batch*rows]...)
			}); err != nil {
				return nil, err
			}
			r.MustFinalizeAll()
		}
		from += rows
	}
	return outputs, nil
}

// run runs exec once.
func (s *graphs) run(exec *model.Exec, args []any) (results []*tensors.Tensor, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if caught := nn.Catch(func() { results, err = exec.Exec(args...) }); caught != nil {
		err = caught
	}
	return results, err
}
