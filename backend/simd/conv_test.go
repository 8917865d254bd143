package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// randomConv is a convolution with axes in any order.
type randomConv struct {
	input, filter shapes.Shape
	attributes    convAttributes
}

func newRandomConv(rng *rand.Rand) randomConv {
	spatial := 1 + rng.IntN(2)
	groups := 1 + rng.IntN(4)/3
	batch, in, out := 1+rng.IntN(3), groups*(1+rng.IntN(5)), groups*(1+rng.IntN(5))
	c := randomConv{attributes: convAttributes{channelGroups: groups, batchGroups: 1}}
	a := &c.attributes
	// order places batch (or input channels), channels (or output channels) and space.
	order := func(first, last int, sizes []int) (shape shapes.Shape, firstAxis, lastAxis int, axes []int) {
		place := rng.Perm(spatial + 2)
		if rng.IntN(2) == 0 {
			for i := range place {
				place[i] = i // first, space, last
			}
		}
		dims := make([]int, spatial+2)
		dims[place[0]], dims[place[spatial+1]] = first, last
		for i, size := range sizes {
			dims[place[1+i]] = size
			axes = append(axes, place[1+i])
		}
		return shapes.Make(dtypes.Float32, dims...), place[0], place[spatial+1], axes
	}
	var sides, windows []int
	dilateInput := rng.IntN(3) == 0
	for range spatial {
		window, dilation := 1+rng.IntN(3), 1+rng.IntN(2)
		sides, windows = append(sides, (window-1)*dilation+1+rng.IntN(6)), append(windows, window)
		a.kernelDilations = append(a.kernelDilations, dilation)
		a.paddings = append(a.paddings, [2]int{rng.IntN(3), rng.IntN(3)})
		stride, inputDilation := 1+rng.IntN(2), 1
		if dilateInput {
			stride, inputDilation = 1, 1+rng.IntN(2)
		}
		a.strides, a.inputDilations = append(a.strides, stride), append(a.inputDilations, inputDilation)
	}
	c.input, a.axes.InputBatch, a.axes.InputChannels, a.axes.InputSpatial = order(batch, in, sides)
	c.filter, a.axes.KernelInputChannels, a.axes.KernelOutputChannels, a.axes.KernelSpatial = order(in/groups, out, windows)
	_, a.axes.OutputBatch, a.axes.OutputChannels, a.axes.OutputSpatial = order(1, 1, windows)
	return c
}

// compile records the convolution, of a filter that is walked backwards first if reverse is set.
func (c randomConv) compile(b compute.Backend, reverse bool) (compute.Executable, error) {
	builder := b.Builder("conv")
	f := builder.Main()
	input, err := f.Parameter("input", c.input, nil)
	if err != nil {
		return nil, err
	}
	filter, err := f.Parameter("filter", c.filter, nil)
	if err != nil {
		return nil, err
	}
	a := c.attributes
	if reverse {
		if filter, err = f.Reverse(filter, a.axes.KernelSpatial...); err != nil {
			return nil, err
		}
	}
	y, err := f.ConvGeneral(input, filter, a.axes, a.strides, a.paddings, a.inputDilations, a.kernelDilations,
		a.channelGroups, a.batchGroups)
	if err != nil {
		return nil, err
	}
	if err := f.Return([]compute.Value{y}, nil); err != nil {
		return nil, err
	}
	return builder.Compile()
}

// run executes a compiled convolution on numbers that depend on the seed.
func (c randomConv) run(b compute.Backend, e compute.Executable, seed uint64) ([]float32, error) {
	rng := rand.New(rand.NewPCG(seed, 2))
	var inputs []compute.Buffer
	for _, shape := range []shapes.Shape{c.input, c.filter} {
		flat := make([]float32, shape.Size())
		for i := range flat {
			flat[i] = float32(rng.IntN(9)-4) / 4
		}
		buffer, err := b.BufferFromFlatData(0, flat, shape)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, buffer)
	}
	outputs, err := e.Execute(inputs, nil, 0)
	if err != nil {
		return nil, err
	}
	flat := make([]float32, e.Outputs()[0].Size())
	return flat, outputs[0].ToFlatData(flat)
}

func TestConvolutionsWithAxesInAnyOrder(t *testing.T) {
	NeedGoBackend(t)
	eachLevel(t, func(t *testing.T, b *Backend) {
		kinds := make(map[string]int)
		for seed := range uint64(400) {
			rng := rand.New(rand.NewPCG(seed, 1))
			c := newRandomConv(rng)
			reverse := rng.IntN(2) == 0
			reference, err := c.compile(GoBackend(t), reverse)
			if err != nil {
				continue // the window does not fit
			}
			want, err := c.run(GoBackend(t), reference, seed)
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.compile(b, reverse)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			got, err := c.run(b, e, seed)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-4 {
					t.Fatalf("seed %d, %+v of %s by %s: element %d is %v, want %v", seed, c.attributes, c.input, c.filter, i, got[i], want[i])
				}
			}
			for _, s := range e.(*Executable).steps {
				kinds[s.kind()]++
			}
		}
		for _, kind := range []string{"conv", "conv-dx", "conv-dw"} {
			if kinds[kind] < 5 {
				t.Errorf("%d steps of kind %s among %v", kinds[kind], kind, kinds)
			}
		}
		if kinds["delegated"] > 0 {
			t.Errorf("%d convolutions were delegated", kinds["delegated"])
		}
	})
}
