package network

import (
	"fmt"
	"maps"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// call is an operation that is being added to a graph.
type call struct {
	node
	graph *Graph
	in    []value // an input that is left out is the zero value
}

// has says whether input i is given.
func (c *call) has(i int) bool { return i < len(c.inputs) && c.inputs[i] != "" }

// x is input i as a node.
func (c *call) x(i int) *Node { return c.in[i].in(c.graph) }

// integer is a setting, or what stands for it where it is not given.
func (c *call) integer(name string, otherwise int64) int64 {
	if a, ok := c.attributes[name]; ok {
		return a.i
	}
	return otherwise
}

func (c *call) number(name string, otherwise float64) float64 {
	if a, ok := c.attributes[name]; ok {
		return float64(a.f)
	}
	return otherwise
}

// list is a setting of integers, or those of input i where newer versions of ONNX have them.
func (c *call) list(name string, i int) ([]int, error) {
	if a, ok := c.attributes[name]; ok {
		return value{known: constant{ints: a.ints}}.ints()
	}
	if i > 0 && c.has(i) {
		return c.in[i].ints()
	}
	return nil, nil
}

// operation adds a call to the graph and returns its first result, or several.
type operation func(c *call) ([]value, error)

// node makes an operation of one result.
func one(f func(c *call) (*Node, error)) operation {
	return func(c *call) ([]value, error) {
		n, err := f(c)
		return []value{{node: n}}, err
	}
}

// unary makes an operation of one input.
func unary(f func(x *Node) *Node) operation {
	return one(func(c *call) (*Node, error) { return f(c.x(0)), nil })
}

// same is an operation that changes nothing in use.
func same(c *call) ([]value, error) { return []value{c.in[0]}, nil }

// joined makes an operation of two inputs or more, whose shapes need not be the same. On constants of integers it
// computes with whole, where there is one.
func joined(f func(a, b *Node) *Node, whole func(a, b int64) int64) operation {
	return func(c *call) ([]value, error) {
		out := c.in[0]
		for _, v := range c.in[1:] {
			if whole != nil && out.whole() && v.whole() {
				var err error
				if out, err = eachPair(out.known, v.known, whole); err != nil {
					return nil, err
				}
				continue
			}
			a, b := out.in(c.graph), v.in(c.graph)
			rank := max(a.Rank(), b.Rank())
			out = value{node: f(ExpandLeftToRank(a, rank), ExpandLeftToRank(b, rank))}
		}
		return []value{out}, nil
	}
}

// eachPair computes with integers, one of which may be single.
func eachPair(a, b constant, f func(a, b int64) int64) (value, error) {
	if len(a.ints) != len(b.ints) && len(a.ints) != 1 && len(b.ints) != 1 {
		return value{}, fmt.Errorf("%d and %d integers do not go together", len(a.ints), len(b.ints))
	}
	out := constant{dims: a.dims, ints: make([]int64, max(len(a.ints), len(b.ints)))}
	if len(b.ints) > len(a.ints) || len(b.dims) > len(a.dims) {
		out.dims = b.dims
	}
	for i := range out.ints {
		out.ints[i] = f(a.ints[i%len(a.ints)], b.ints[i%len(b.ints)])
	}
	return value{known: out}, nil
}

func quotient(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// operations are all that can be done.
var operations = func() map[string]operation {
	all := map[string]operation{
		"Identity": same, "Dropout": same, "Constant": constantValue, "Cast": cast,
		"Relu": unary(func(x *Node) *Node { return MaxScalar(x, 0) }), "Sigmoid": unary(Sigmoid), "Tanh": unary(Tanh),
		"Exp": unary(Exp), "Log": unary(Log), "Sqrt": unary(Sqrt), "Neg": unary(Neg), "Abs": unary(Abs), "Erf": unary(Erf),
		"Reciprocal": unary(Inverse),
		"Softplus":   unary(func(x *Node) *Node { return Log(AddScalar(Exp(x), 1)) }),
		"HardSwish":  unary(func(x *Node) *Node { return Mul(x, ClipScalar(AddScalar(MulScalar(x, 1.0/6), 0.5), 0, 1)) }),
		"Gelu": unary(func(x *Node) *Node {
			return Mul(MulScalar(x, 0.5), AddScalar(Erf(MulScalar(x, math.Sqrt2/2)), 1))
		}),
		"LeakyRelu": one(func(c *call) (*Node, error) {
			x := c.x(0)
			return Max(x, MulScalar(x, c.number("alpha", 0.01))), nil
		}),
		"PRelu": one(func(c *call) (*Node, error) {
			x, slope := c.x(0), ExpandLeftToRank(c.x(1), c.x(0).Rank())
			return Add(MaxScalar(x, 0), Mul(MinScalar(x, 0), slope)), nil
		}),
		"Elu": one(func(c *call) (*Node, error) {
			x := c.x(0)
			return Add(MaxScalar(x, 0), MulScalar(AddScalar(Exp(MinScalar(x, 0)), -1), c.number("alpha", 1))), nil
		}),
		"HardSigmoid": one(func(c *call) (*Node, error) {
			return ClipScalar(AddScalar(MulScalar(c.x(0), c.number("alpha", 0.2)), c.number("beta", 0.5)), 0, 1), nil
		}),
		"Clip": one(clip),
		"Add":  joined(Add, func(a, b int64) int64 { return a + b }), "Sub": joined(Sub, func(a, b int64) int64 { return a - b }),
		"Mul": joined(Mul, func(a, b int64) int64 { return a * b }), "Div": joined(Div, quotient),
		"Pow": joined(Pow, nil), "Max": joined(Max, nil), "Min": joined(Min, nil), "Sum": joined(Add, nil),
		"MatMul": joined(MatMul, nil), "Gemm": one(gemm),
		"BatchNormalization": one(batchNormalization), "LayerNormalization": one(layerNormalization),
		"Softmax":    one(func(c *call) (*Node, error) { return alongAxis(c, Softmax) }),
		"LogSoftmax": one(func(c *call) (*Node, error) { return alongAxis(c, LogSoftmax) }),
	}
	maps.Copy(all, windows)
	maps.Copy(all, shapes)
	return all
}()

func alongAxis(c *call, f func(x *Node, axes ...int) *Node) (*Node, error) {
	x := c.x(0)
	axis, err := axisOf(c.integer("axis", -1), x.Rank())
	if err != nil {
		return nil, err
	}
	return f(x, axis), nil
}

func constantValue(c *call) ([]value, error) {
	for name, a := range c.attributes {
		switch name {
		case "value":
			if a.t != nil {
				return []value{{known: *a.t}}, nil
			}
		case "value_float":
			return []value{{known: constant{floats: []float32{a.f}}}}, nil
		case "value_floats":
			return []value{{known: constant{dims: []int{len(a.floats)}, floats: a.floats}}}, nil
		case "value_int":
			return []value{{known: constant{ints: []int64{a.i}}}}, nil
		case "value_ints":
			return []value{{known: constant{dims: []int{len(a.ints)}, ints: a.ints}}}, nil
		}
	}
	return nil, fmt.Errorf("it has no value that is read")
}

// cast changes the kind of numbers: all that is computed is float32.
func cast(c *call) ([]value, error) {
	v := c.in[0]
	switch to := c.integer("to", kindFloat); to {
	case kindFloat, kindFloat16, kindDouble:
		if v.whole() {
			return []value{{known: constant{dims: v.known.dims, floats: v.known.asFloats()}}}, nil
		}
	case kindInt64, kindInt32, kindBool:
		if v.node != nil {
			return nil, fmt.Errorf("what is computed cannot be made integers")
		}
		if !v.whole() {
			out := constant{dims: v.known.dims}
			for _, x := range v.known.floats {
				out.ints = append(out.ints, int64(x))
			}
			return []value{{known: out}}, nil
		}
	default:
		return nil, fmt.Errorf("numbers of the kind %d are not made", to)
	}
	return []value{v}, nil
}

func clip(c *call) (*Node, error) {
	x := c.x(0)
	bound := func(name string, i int, otherwise float64) (float64, error) {
		if c.has(i) {
			if v := c.in[i]; v.node == nil && len(v.known.asFloats()) == 1 {
				return float64(v.known.asFloats()[0]), nil
			}
			return 0, fmt.Errorf("a bound is no single constant")
		}
		return c.number(name, otherwise), nil
	}
	low, err := bound("min", 1, -math.MaxFloat32)
	if err != nil {
		return nil, err
	}
	high, err := bound("max", 2, math.MaxFloat32)
	return ClipScalar(x, low, high), err
}

// gemm is alpha a b + beta c, a and b as they are or transposed.
func gemm(c *call) (*Node, error) {
	a, b := c.x(0), c.x(1)
	if a.Rank() != 2 || b.Rank() != 2 {
		return nil, fmt.Errorf("its factors have %d and %d axes, not two", a.Rank(), b.Rank())
	}
	if c.integer("transA", 0) != 0 {
		a = Transpose(a, 0, 1)
	}
	if c.integer("transB", 0) != 0 {
		b = Transpose(b, 0, 1)
	}
	y := MulScalar(MatMul(a, b), c.number("alpha", 1))
	if c.has(2) {
		y = Add(y, MulScalar(ExpandLeftToRank(c.x(2), 2), c.number("beta", 1)))
	}
	return y, nil
}

// perChannel is a vector as it stands beside x [batch, channels, ...].
func perChannel(v, x *Node) *Node {
	dims := slices.Repeat([]int{1}, x.Rank())
	dims[1] = v.Shape().Size()
	return Reshape(v, dims...)
}

func batchNormalization(c *call) (*Node, error) {
	x := c.x(0)
	if x.Rank() < 2 || !c.has(4) {
		return nil, fmt.Errorf("it has %d inputs", len(c.in))
	}
	scale := Div(c.x(1), Sqrt(AddScalar(c.x(4), c.number("epsilon", 1e-5))))
	shift := Sub(c.x(2), Mul(c.x(3), scale))
	return Add(Mul(x, perChannel(scale, x)), perChannel(shift, x)), nil
}

func layerNormalization(c *call) (*Node, error) {
	x := c.x(0)
	first, err := axisOf(c.integer("axis", -1), x.Rank())
	if err != nil {
		return nil, err
	}
	var axes []int
	for a := first; a < x.Rank(); a++ {
		axes = append(axes, a)
	}
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, axes...))
	variance := ReduceAndKeep(Square(centred), ReduceMean, axes...)
	y := Mul(Mul(centred, Inverse(Sqrt(AddScalar(variance, c.number("epsilon", 1e-5))))), ExpandLeftToRank(c.x(1), x.Rank()))
	if c.has(2) {
		y = Add(y, ExpandLeftToRank(c.x(2), x.Rank()))
	}
	return y, nil
}
