package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// graphMaker records a random graph: the same one in every function that it is given, for the same seed.
type graphMaker struct {
	rng    *rand.Rand
	f      compute.Function
	values []compute.Value
	shapes []shapes.Shape
	err    error
}

var randomUnary = []func(compute.Function, compute.Value) (compute.Value, error){
	compute.Function.Abs, compute.Function.Neg, compute.Function.Tanh, compute.Function.Logistic,
	compute.Function.Sign, compute.Function.Floor, compute.Function.Cos, compute.Function.Identity, compute.Function.Erf,
}

var randomBinary = []func(_ compute.Function, x, y compute.Value) (compute.Value, error){
	compute.Function.Add, compute.Function.Sub, compute.Function.Mul, compute.Function.Max, compute.Function.Min,
}

var randomCompare = []func(_ compute.Function, x, y compute.Value) (compute.Value, error){
	compute.Function.LessThan, compute.Function.GreaterOrEqual, compute.Function.NotEqual,
}

var randomReduce = []func(_ compute.Function, x compute.Value, axes ...int) (compute.Value, error){
	compute.Function.ReduceSum, compute.Function.ReduceMax, compute.Function.ReduceMin,
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// keep makes a value one that later operations may use.
func (m *graphMaker) keep(v compute.Value, err error) compute.Value {
	if m.err == nil {
		m.err = err
	}
	if m.err != nil {
		return nil
	}
	shape, err := m.f.Shape(v)
	if m.err = err; err != nil {
		return nil
	}
	if shape.DType == dtypes.Float32 && shape.Size() <= 4096 {
		m.values, m.shapes = append(m.values, v), append(m.shapes, shape)
	}
	return v
}

// operand returns a value that was kept, most likely one of the last.
func (m *graphMaker) operand() (compute.Value, shapes.Shape) {
	i := len(m.values) - 1 - min(m.rng.IntN(len(m.values)), m.rng.IntN(len(m.values)))
	return m.values[i], m.shapes[i]
}

// like returns an operand with a shape, or one that broadcasts to it.
func (m *graphMaker) like(shape shapes.Shape) compute.Value {
	for range 8 {
		if v, s := m.operand(); s.Equal(shape) {
			return v
		}
	}
	v, s := m.operand()
	switch {
	case s.Rank() == 0:
		return v
	case m.rng.IntN(2) == 0 && shape.Rank() > 0:
		// One value an axis, or fewer.
		dims := make([]int, shape.Rank())
		for axis, d := range shape.Dimensions {
			dims[axis] = d
			if m.rng.IntN(2) == 0 {
				dims[axis] = 1
			}
		}
		flat := make([]float32, shapes.Make(dtypes.Float32, dims...).Size())
		for i := range flat {
			flat[i] = float32(m.rng.IntN(7)-3) / 2
		}
		return m.keep(m.f.Constant(flat, dims...))
	default:
		return m.keep(m.f.Constant([]float32{float32(m.rng.IntN(7)-3) / 2}))
	}
}

func (m *graphMaker) permutation(rank int) []int { return m.rng.Perm(rank) }

// operation records one random operation.
func (m *graphMaker) operation() {
	v, s := m.operand()
	rank := s.Rank()
	switch m.rng.IntN(16) {
	case 0, 1, 2:
		m.keep(pick(m.rng, randomUnary)(m.f, v))
	case 3, 4, 5, 6:
		m.keep(pick(m.rng, randomBinary)(m.f, v, m.like(s)))
	case 7:
		other := m.like(s)
		condition := m.keep(pick(m.rng, randomCompare)(m.f, v, other))
		if m.err == nil {
			if shape, _ := m.f.Shape(condition); shape.EqualDimensions(s) {
				m.keep(m.f.Where(condition, v, m.keep(m.f.Neg(v))))
				m.keep(m.f.ConvertDType(condition, dtypes.Float32))
			}
		}
	case 8:
		m.keep(m.f.Transpose(v, m.permutation(rank)...))
	case 9:
		if rank > 1 {
			// Two neighbours become one axis.
			axis := m.rng.IntN(rank - 1)
			dims := append([]int{}, s.Dimensions[:axis]...)
			dims = append(dims, s.Dimensions[axis]*s.Dimensions[axis+1])
			m.keep(m.f.Reshape(v, append(dims, s.Dimensions[axis+2:]...)...))
		} else {
			m.keep(m.f.Reshape(v, append([]int{1}, s.Dimensions...)...))
		}
	case 10:
		starts, limits, strides := make([]int, rank), make([]int, rank), make([]int, rank)
		for axis, d := range s.Dimensions {
			starts[axis] = m.rng.IntN(d)
			limits[axis] = starts[axis] + 1 + m.rng.IntN(d-starts[axis])
			strides[axis] = 1 + m.rng.IntN(2)
		}
		m.keep(m.f.Slice(v, starts, limits, strides))
	case 11:
		if rank > 0 {
			m.keep(m.f.Concatenate(m.rng.IntN(rank), v, m.sameAs(s), v))
		}
	case 12:
		if rank > 0 {
			pads := make([]compute.PadAxis, rank)
			for axis := range pads {
				pads[axis] = compute.PadAxis{Start: m.rng.IntN(3), End: m.rng.IntN(2), Interior: m.rng.IntN(2)}
			}
			fill := m.keep(m.f.Constant([]float32{0.5}))
			if m.err == nil {
				m.keep(m.f.Pad(v, fill, pads...))
			}
		}
	case 13:
		var axes []int
		for axis := range rank {
			if m.rng.IntN(2) == 0 {
				axes = append(axes, axis)
			}
		}
		if len(axes) > 0 {
			m.keep(pick(m.rng, randomReduce)(m.f, v, axes...))
		}
	case 14:
		if rank > 0 {
			axis := m.rng.IntN(rank)
			m.keep(m.f.Reverse(v, axis))
			dims := append([]int{2}, s.Dimensions...)
			axes := make([]int, rank)
			for i := range axes {
				axes[i] = i + 1
			}
			m.keep(m.f.BroadcastInDim(v, shapes.Make(s.DType, dims...), axes))
		}
	case 15:
		if rank > 0 {
			axis := m.rng.IntN(rank)
			w, ws := m.operand()
			for other, d := range ws.Dimensions {
				if d == s.Dimensions[axis] && s.Size()/d*ws.Size()/d <= 4096 {
					m.keep(m.f.DotGeneral(v, []int{axis}, nil, w, []int{other}, nil, compute.DotGeneralConfig{}))
					break
				}
			}
		}
	}
}

// sameAs returns an operand of exactly the shape.
func (m *graphMaker) sameAs(shape shapes.Shape) compute.Value {
	for range 16 {
		if v, s := m.operand(); s.Equal(shape) {
			return v
		}
	}
	flat := make([]float32, shape.Size())
	for i := range flat {
		flat[i] = float32(i%5) - 2
	}
	return m.keep(m.f.Constant(flat, shape.Dimensions...))
}

// runRandomGraph records the graph of a seed and returns its outputs; every other input is donated.
func runRandomGraph(backend compute.Backend, seed uint64) ([][]float32, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	builder := backend.Builder("random")
	m := &graphMaker{rng: rng, f: builder.Main()}
	var inputs []compute.Buffer
	donate := make([]bool, 4)
	for i := range donate {
		dims := make([]int, rng.IntN(4))
		for axis := range dims {
			dims[axis] = pick(rng, []int{1, 2, 3, 5, 8, 17})
		}
		shape := shapes.Make(dtypes.Float32, dims...)
		flat := make([]float32, shape.Size())
		for j := range flat {
			flat[j] = float32(rng.IntN(17)-8) / 4
		}
		m.keep(m.f.Parameter(fmt.Sprintf("x%d", i), shape, nil))
		buffer, err := backend.BufferFromFlatData(0, flat, shape)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, buffer)
		donate[i] = i%2 == 0
	}
	for range 3 + rng.IntN(40) {
		m.operation()
	}
	if m.err != nil {
		return nil, m.err
	}
	// The Go backend needs an output behind all parameters.
	last := m.keep(m.f.Neg(m.values[len(m.values)-1]))
	if m.err != nil {
		return nil, m.err
	}
	outputs := []compute.Value{last}
	for range 1 + rng.IntN(5) {
		v, _ := m.operand()
		outputs = append(outputs, v)
	}
	if err := m.f.Return(outputs, nil); err != nil {
		return nil, err
	}
	executable, err := builder.Compile()
	if err != nil {
		return nil, err
	}
	results, err := executable.Execute(inputs, donate, 0)
	if err != nil {
		return nil, err
	}
	flats := make([][]float32, len(results))
	for i, result := range results {
		shape, err := result.Shape()
		if err != nil {
			return nil, err
		}
		flats[i] = make([]float32, shape.Size())
		if err := result.ToFlatData(flats[i]); err != nil {
			return nil, err
		}
	}
	return flats, nil
}

// checkRandomGraph compares the graph of a seed with the Go backend.
func checkRandomGraph(t *testing.T, b *Backend, seed uint64) {
	t.Helper()
	want, err := runRandomGraph(GoBackend(t), seed)
	if err != nil {
		t.Skipf("seed %d makes no graph: %v", seed, err)
	}
	got, err := runRandomGraph(b, seed)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for i := range want {
		scale := 1.0
		for _, x := range want[i] {
			scale = max(scale, math.Abs(float64(x)))
		}
		for j, x := range want[i] {
			y := got[i][j]
			if math.IsNaN(float64(x)) != math.IsNaN(float64(y)) || math.Abs(float64(x)-float64(y)) > 1e-4*scale {
				t.Fatalf("seed %d: element %d of output %d is %v, on the Go backend %v", seed, j, i, y, x)
			}
		}
	}
}

func TestRandomGraphsEqualTheGoBackends(t *testing.T) {
	NeedGoBackend(t)
	eachLevel(t, func(t *testing.T, b *Backend) {
		for seed := range uint64(300) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { checkRandomGraph(t, b, seed) })
		}
	})
}

func FuzzGraph(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(1000 + seed)
	}
	b := newTestBackend(f, "")
	f.Fuzz(func(t *testing.T, seed uint64) {
		NeedGoBackend(t)
		checkRandomGraph(t, b, seed)
	})
}
