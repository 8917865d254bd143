package onnx

import (
	"fmt"
	"math"
	"slices"
)

// evaluate runs a model by the definitions of its operators, slowly.
func evaluate(data []byte, inputs map[string]array) (outputs map[string]array, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("evaluating: %v", r)
		}
	}()
	graph := parse(data).messages(7)[0]
	known := map[string]array{}
	for name, a := range inputs {
		known[name] = a
	}
	for _, t := range graph.messages(5) {
		name, a := decodeTensor(t)
		known[name] = a
	}
	for _, node := range graph.messages(1) {
		attributes := map[string][]int{}
		for _, a := range node.messages(5) {
			attributes[a.texts(1)[0]] = append(a.ints(3), a.ints(8)...)
		}
		var in []array
		for _, name := range node.texts(1) {
			a, ok := known[name]
			if !ok {
				return nil, fmt.Errorf("%s is used before it is made", name)
			}
			in = append(in, a)
		}
		known[node.texts(2)[0]] = apply(node.texts(4)[0], in, attributes)
	}
	outputs = map[string]array{}
	for _, out := range graph.messages(12) {
		outputs[out.texts(1)[0]] = known[out.texts(1)[0]]
	}
	return outputs, nil
}

var functions = map[string]func(float64) float64{
	"Abs": math.Abs, "Exp": math.Exp, "Log": math.Log, "Tanh": math.Tanh, "Sqrt": math.Sqrt, "Neg": func(x float64) float64 { return -x },
	"Reciprocal": func(x float64) float64 { return 1 / x }, "Sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"Not": func(x float64) float64 { return 1 - x }, "Cast": func(x float64) float64 { return x }, "Identity": func(x float64) float64 { return x },
}

var operators = map[string]func(x, y float64) float64{
	"Add": func(x, y float64) float64 { return x + y }, "Sub": func(x, y float64) float64 { return x - y },
	"Mul": func(x, y float64) float64 { return x * y }, "Div": func(x, y float64) float64 { return x / y },
	"Max": math.Max, "Min": math.Min, "Pow": math.Pow,
	"Equal": func(x, y float64) float64 { return truth(x == y) }, "Less": func(x, y float64) float64 { return truth(x < y) },
	"LessOrEqual": func(x, y float64) float64 { return truth(x <= y) }, "Greater": func(x, y float64) float64 { return truth(x > y) },
	"GreaterOrEqual": func(x, y float64) float64 { return truth(x >= y) },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// gather makes an array of dims whose element at index is element(index).
func gather(dims []int, element func(index []int) float64) array {
	a := array{dims: dims}
	index := make([]int, len(dims))
	var walk func(axis int)
	walk = func(axis int) {
		if axis == len(dims) {
			a.values = append(a.values, element(index))
			return
		}
		for index[axis] = range dims[axis] {
			walk(axis + 1)
		}
	}
	walk(0)
	return a
}

// at is the element at an index, whose leading axes may be missing from a, and whose others may be repeated.
func (a array) at(index []int) float64 {
	position := 0
	index = index[len(index)-len(a.dims):]
	for axis, d := range a.dims {
		i := index[axis]
		if d == 1 {
			i = 0
		}
		position = position*d + i
	}
	return a.values[position]
}

// joint is the shape that arrays are repeated to.
func joint(in ...array) []int {
	var dims []int
	for _, a := range in {
		for len(dims) < len(a.dims) {
			dims = append([]int{1}, dims...)
		}
		for i, d := range a.dims {
			at := len(dims) - len(a.dims) + i
			dims[at] = max(dims[at], d)
		}
	}
	return dims
}

func whole(a array) []int {
	var list []int
	for _, v := range a.values {
		list = append(list, int(v))
	}
	return list
}

func apply(kind string, in []array, attributes map[string][]int) array {
	if f, ok := functions[kind]; ok {
		return gather(in[0].dims, func(i []int) float64 { return f(in[0].at(i)) })
	}
	if f, ok := operators[kind]; ok {
		return gather(joint(in...), func(i []int) float64 { return f(in[0].at(i), in[1].at(i)) })
	}
	switch x := in[0]; kind {
	case "Where":
		return gather(joint(in...), func(i []int) float64 {
			if x.at(i) != 0 {
				return in[1].at(i)
			}
			return in[2].at(i)
		})
	case "Reshape":
		return array{whole(in[1]), x.values}
	case "Expand":
		return gather(joint(x, array{dims: whole(in[1])}), x.at)
	case "Transpose":
		perm := attributes["perm"]
		dims, from := make([]int, len(perm)), make([]int, len(perm))
		for i, axis := range perm {
			dims[i] = x.dims[axis]
		}
		return gather(dims, func(index []int) float64 {
			for i, axis := range perm {
				from[axis] = index[i]
			}
			return x.at(from)
		})
	case "Slice":
		return slice(x, whole(in[1]), whole(in[2]), whole(in[3]), whole(in[4]))
	case "Concat":
		return concatenate(in, attributes["axis"][0])
	case "ReduceSum":
		return reduceOver(x, whole(in[1]), 0, func(a, b float64) float64 { return a + b })
	case "ReduceMax":
		return reduceOver(x, attributes["axes"], math.Inf(-1), math.Max)
	case "MatMul":
		return multiply(x, in[1])
	case "Conv":
		w := in[1]
		return window(x, w.dims[0], w.dims[2:], attributes, 0, func(sum, v float64, out, channel, i, j int) float64 {
			return sum + v*w.at([]int{out, channel, i, j})
		})
	case "MaxPool":
		return window(x, x.dims[1], attributes["kernel_shape"], attributes, math.Inf(-1), func(most, v float64, out, channel, _, _ int) float64 {
			if out == channel {
				return max(most, v)
			}
			return most
		})
	}
	panic("no operator " + kind)
}

func slice(x array, starts, ends, axes, steps []int) array {
	dims := slices.Clone(x.dims)
	for i, axis := range axes {
		if steps[i] < 0 {
			continue // only whole axes are turned around
		}
		dims[axis] = (ends[i] - starts[i] + steps[i] - 1) / steps[i]
	}
	from := make([]int, len(dims))
	return gather(dims, func(index []int) float64 {
		copy(from, index)
		for i, axis := range axes {
			start := starts[i]
			if start < 0 {
				start += x.dims[axis]
			}
			from[axis] = start + index[axis]*steps[i]
		}
		return x.at(from)
	})
}

func concatenate(in []array, axis int) array {
	dims := slices.Clone(in[0].dims)
	dims[axis] = 0
	for _, a := range in {
		dims[axis] += a.dims[axis]
	}
	from := make([]int, len(dims))
	return gather(dims, func(index []int) float64 {
		copy(from, index)
		for _, a := range in {
			if from[axis] < a.dims[axis] {
				return a.at(from)
			}
			from[axis] -= a.dims[axis]
		}
		panic("beyond the end")
	})
}

func reduceOver(x array, axes []int, start float64, f func(a, b float64) float64) array {
	var kept []int
	y := array{dims: []int{}}
	size := 1
	for axis, d := range x.dims {
		if !slices.Contains(axes, axis) {
			kept = append(kept, axis)
			y.dims = append(y.dims, d)
			size *= d
		}
	}
	y.values = slices.Repeat([]float64{start}, size)
	gather(x.dims, func(index []int) float64 {
		to := 0
		for _, axis := range kept {
			to = to*x.dims[axis] + index[axis]
		}
		y.values[to] = f(y.values[to], x.at(index))
		return 0
	})
	return y
}

func multiply(x, y array) array {
	n := len(x.dims)
	dims := slices.Clone(x.dims)
	dims[n-1] = y.dims[n-1]
	return gather(dims, func(index []int) float64 {
		left, right := slices.Clone(index), slices.Clone(index)
		sum := 0.0
		for k := range x.dims[n-1] {
			left[n-1], right[n-2] = k, k
			sum += x.at(left) * y.at(right)
		}
		return sum
	})
}

// window slides over images [batch, channels, h, w] and folds what it sees into each of the outputs.
func window(x array, outputs int, kernel []int, attributes map[string][]int, start float64, fold func(acc, v float64, out, channel, i, j int) float64) array {
	strides, pads := attributes["strides"], attributes["pads"]
	if strides == nil {
		strides = []int{1, 1}
	}
	if pads == nil {
		pads = []int{0, 0, 0, 0}
	}
	side := func(axis int) int { return (x.dims[2+axis]+pads[axis]+pads[2+axis]-kernel[axis])/strides[axis] + 1 }
	return gather([]int{x.dims[0], outputs, side(0), side(1)}, func(index []int) float64 {
		acc := start
		for c := range x.dims[1] {
			for i := range kernel[0] {
				for j := range kernel[1] {
					r, s := index[2]*strides[0]-pads[0]+i, index[3]*strides[1]-pads[1]+j
					if r >= 0 && s >= 0 && r < x.dims[2] && s < x.dims[3] {
						acc = fold(acc, x.at([]int{index[0], c, r, s}), index[1], c, i, j)
					}
				}
			}
		}
		return acc
	})
}
