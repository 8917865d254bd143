package network

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// shapes are the operations that move values or compute shapes.
var shapes = map[string]operation{
	"Flatten": one(flatten), "Transpose": one(transpose), "Concat": concat, "Shape": shapeOf, "Reshape": reshape,
	"Squeeze": squeeze, "Unsqueeze": unsqueeze, "Gather": gather, "Slice": slice, "Split": split,
	"ReduceMean": one(func(c *call) (*Node, error) { return reduced(c, ReduceMean) }),
	"ReduceSum":  one(func(c *call) (*Node, error) { return reduced(c, ReduceSum) }),
	"ReduceMax":  one(func(c *call) (*Node, error) { return reduced(c, ReduceMax) }),
	"Expand":     one(expand), "Pad": one(pad), "ConstantOfShape": constantOfShape,
}

// reshaped is a value in another shape of the same size.
func reshaped(v value, dims []int) (value, error) {
	n, err := count(dims)
	if err != nil {
		return v, err
	}
	if have, _ := count(v.dims()); have != n {
		return v, fmt.Errorf("the shape %v cannot become %v", v.dims(), dims)
	}
	if v.node != nil {
		return value{node: Reshape(v.node, dims...)}, nil
	}
	v.known.dims = dims
	return v, nil
}

func flatten(c *call) (*Node, error) {
	x := c.x(0)
	axis := int(c.integer("axis", 1))
	if axis < 0 {
		axis += x.Rank()
	}
	if axis < 0 || axis > x.Rank() {
		return nil, fmt.Errorf("there is no axis %d of %d", axis, x.Rank())
	}
	first := 1
	for _, d := range x.Shape().Dimensions[:axis] {
		first *= d
	}
	return Reshape(x, first, x.Shape().Size()/max(1, first)), nil
}

func transpose(c *call) (*Node, error) {
	x := c.x(0)
	order, err := c.list("perm", 0)
	if err != nil {
		return nil, err
	}
	if order == nil {
		for a := x.Rank() - 1; a >= 0; a-- {
			order = append(order, a)
		}
	}
	return TransposeAllAxes(x, order...), nil
}

func concat(c *call) ([]value, error) {
	whole := true
	for _, v := range c.in {
		whole = whole && v.whole()
	}
	if whole {
		var list []int
		for _, v := range c.in {
			part, err := v.ints()
			if err != nil {
				return nil, err
			}
			list = append(list, part...)
		}
		return []value{integers(list)}, nil
	}
	var parts []*Node
	for i := range c.in {
		parts = append(parts, c.x(i))
	}
	axis, err := axisOf(c.integer("axis", 0), parts[0].Rank())
	if err != nil {
		return nil, err
	}
	return []value{{node: Concatenate(parts, axis)}}, nil
}

func shapeOf(c *call) ([]value, error) {
	dims := c.in[0].dims()
	from, to := int(c.integer("start", 0)), int(c.integer("end", int64(len(dims))))
	if from < 0 {
		from += len(dims)
	}
	if to < 0 {
		to += len(dims)
	}
	to = min(to, len(dims))
	if from < 0 || from > to {
		return nil, fmt.Errorf("there are no axes %d to %d of %d", from, to, len(dims))
	}
	return []value{integers(dims[from:to])}, nil
}

func reshape(c *call) ([]value, error) {
	if !c.has(1) {
		return nil, fmt.Errorf("it has no shape")
	}
	dims, err := c.in[1].ints()
	if err != nil {
		return nil, err
	}
	have := c.in[0].dims()
	size, _ := count(have)
	open, known := -1, 1
	for i, d := range dims {
		switch {
		case d == 0 && c.integer("allowzero", 0) == 0:
			if i >= len(have) {
				return nil, fmt.Errorf("the shape %v cannot become %v", have, dims)
			}
			dims[i] = have[i]
		case d == -1 && open < 0:
			open = i
			continue
		case d < 0 || d > maxElements:
			return nil, fmt.Errorf("the shape %v cannot become %v", have, dims)
		}
		if dims[i] > 0 && known > maxElements/dims[i] {
			return nil, fmt.Errorf("the shape %v is too large", dims)
		}
		known *= dims[i]
	}
	if open >= 0 {
		dims[open] = size / max(1, known)
	}
	v, err := reshaped(c.in[0], dims)
	return []value{v}, err
}

func squeeze(c *call) ([]value, error) {
	dims := c.in[0].dims()
	axes, err := c.list("axes", 1)
	if err != nil {
		return nil, err
	}
	drop := make([]bool, len(dims))
	for _, a := range axes {
		at, err := axisOf(int64(a), len(dims))
		if err != nil {
			return nil, err
		}
		drop[at] = true
	}
	var kept []int
	for i, d := range dims {
		if !drop[i] && (axes != nil || d != 1) {
			kept = append(kept, d)
		}
	}
	v, err := reshaped(c.in[0], kept)
	return []value{v}, err
}

func unsqueeze(c *call) ([]value, error) {
	axes, err := c.list("axes", 1)
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(c.in[0].dims())
	rank := len(dims) + len(axes)
	for i, a := range axes {
		if axes[i], err = axisOf(int64(a), rank); err != nil {
			return nil, err
		}
	}
	slices.Sort(axes)
	for _, a := range axes {
		if a > len(dims) {
			return nil, fmt.Errorf("axes %v are given twice", axes)
		}
		dims = slices.Insert(dims, a, 1)
	}
	v, err := reshaped(c.in[0], dims)
	return []value{v}, err
}

// gather takes places along an axis: of constants any, of what is computed one or a run of them.
func gather(c *call) ([]value, error) {
	if !c.has(1) {
		return nil, fmt.Errorf("it has no places")
	}
	at, err := c.in[1].ints()
	if err != nil {
		return nil, err
	}
	v, dims := c.in[0], c.in[0].dims()
	axis, err := axisOf(c.integer("axis", 0), len(dims))
	if err != nil {
		return nil, err
	}
	for i, p := range at {
		if at[i], err = axisOf(int64(p), dims[axis]); err != nil {
			return nil, err
		}
	}
	if v.whole() && len(dims) == 1 {
		out := constant{dims: c.in[1].known.dims}
		for _, p := range at {
			out.ints = append(out.ints, v.known.ints[p])
		}
		return []value{{known: out}}, nil
	}
	var parts []*Node
	for _, p := range at {
		parts = append(parts, SliceAxis(c.x(0), axis, AxisRange(p, p+1)))
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("it takes nothing")
	}
	n := parts[0]
	if len(parts) > 1 {
		n = Concatenate(parts, axis)
	}
	shape := slices.Concat(dims[:axis], c.in[1].known.dims, dims[axis+1:])
	return []value{{node: Reshape(n, shape...)}}, nil
}

func slice(c *call) ([]value, error) {
	starts, err := c.list("starts", 1)
	if err != nil {
		return nil, err
	}
	ends, err := c.list("ends", 2)
	if err != nil {
		return nil, err
	}
	axes, err := c.list("axes", 3)
	if err != nil {
		return nil, err
	}
	steps, err := c.list("steps", 4)
	if err != nil {
		return nil, err
	}
	v := c.in[0]
	dims := v.dims()
	for i := range starts {
		if axes == nil && i >= len(dims) || axes != nil && i >= len(axes) || i >= len(ends) || i < len(steps) && steps[i] != 1 {
			return nil, fmt.Errorf("slices from %v to %v of the axes %v by steps of %v are not supported", starts, ends, axes, steps)
		}
		axis := i
		if axes != nil {
			if axis, err = axisOf(int64(axes[i]), len(dims)); err != nil {
				return nil, err
			}
		}
		d := v.dims()[axis]
		from, to := within(starts[i], d), within(ends[i], d)
		if from >= to {
			return nil, fmt.Errorf("from %d to %d of %d is nothing", starts[i], ends[i], d)
		}
		if v.whole() && len(dims) == 1 {
			list, err := v.ints()
			if err != nil {
				return nil, err
			}
			v = integers(list[from:to])
			continue
		}
		v = value{node: SliceAxis(v.in(c.graph), axis, AxisRange(from, to))}
	}
	return []value{v}, nil
}

// within is a place from 0 to d of one that may be counted from the end, or lie beyond it.
func within(at, d int) int {
	if at < 0 {
		at += d
	}
	return max(0, min(d, at))
}

func split(c *call) ([]value, error) {
	x := c.x(0)
	axis, err := axisOf(c.integer("axis", 0), x.Rank())
	if err != nil {
		return nil, err
	}
	parts, err := c.list("split", 1)
	if err != nil {
		return nil, err
	}
	d := x.Shape().Dimensions[axis]
	if parts == nil {
		each := (d + len(c.outputs) - 1) / len(c.outputs)
		for at := 0; at < d; at += each {
			parts = append(parts, min(each, d-at))
		}
	}
	var out []value
	at := 0
	for _, n := range parts {
		if n < 1 || at+n > d {
			return nil, fmt.Errorf("an axis of %d is not split into %v", d, parts)
		}
		out = append(out, value{node: SliceAxis(x, axis, AxisRange(at, at+n))})
		at += n
	}
	return out, nil
}

func reduced(c *call, reduce func(x *Node, axes ...int) *Node) (*Node, error) {
	x := c.x(0)
	axes, err := c.list("axes", 1)
	if err != nil {
		return nil, err
	}
	for i, a := range axes {
		if axes[i], err = axisOf(int64(a), x.Rank()); err != nil {
			return nil, err
		}
	}
	if axes == nil {
		for a := range x.Rank() {
			axes = append(axes, a)
		}
	}
	if c.integer("keepdims", 1) != 0 {
		return ReduceAndKeep(x, reduce, axes...), nil
	}
	return reduce(x, axes...), nil
}

func expand(c *call) (*Node, error) {
	if !c.has(1) {
		return nil, fmt.Errorf("it has no shape")
	}
	dims, err := c.in[1].ints()
	if err != nil {
		return nil, err
	}
	x := c.x(0)
	rank := max(x.Rank(), len(dims))
	x = ExpandLeftToRank(x, rank)
	for i, d := range x.Shape().Dimensions {
		if at := i - (rank - len(dims)); at >= 0 && d != 1 && dims[at] == 1 {
			dims[at] = d
		}
	}
	dims = slices.Concat(x.Shape().Dimensions[:rank-len(dims)], dims)
	if _, err := count(dims); err != nil {
		return nil, err
	}
	return BroadcastToDims(x, dims...), nil
}

func pad(c *call) (*Node, error) {
	x := c.x(0)
	pads, err := c.list("pads", 1)
	if err != nil {
		return nil, err
	}
	if mode := c.attributes["mode"].s; mode != "" && mode != "constant" {
		return nil, fmt.Errorf("the mode %q is not supported", mode)
	}
	with := c.number("value", 0)
	if c.has(2) {
		if v := c.in[2]; v.node != nil || len(v.known.asFloats()) != 1 {
			return nil, fmt.Errorf("what it fills with is no single constant")
		}
		with = float64(c.in[2].known.asFloats()[0])
	}
	if x.Rank() != 4 || len(pads) != 8 || slices.Min(pads) < 0 || slices.Max(pads) > 1<<12 || pads[0]+pads[1]+pads[4]+pads[5] > 0 {
		return nil, fmt.Errorf("only images are filled up at their sides, not %d axes by %v", x.Rank(), pads)
	}
	return toFirst(padded(toLast(x), [][2]int{{pads[2], pads[6]}, {pads[3], pads[7]}}, with)), nil
}

func constantOfShape(c *call) ([]value, error) {
	dims, err := c.in[0].ints()
	if err != nil {
		return nil, err
	}
	n, err := count(dims)
	if err != nil || n > 1<<20 {
		return nil, fmt.Errorf("the shape %v is too large", dims)
	}
	fill := constant{floats: []float32{0}}
	if a, ok := c.attributes["value"]; ok && a.t != nil {
		fill = *a.t
	}
	out := constant{dims: dims}
	for range n {
		if len(fill.ints) > 0 {
			out.ints = append(out.ints, fill.ints[0])
		} else if len(fill.floats) > 0 {
			out.floats = append(out.floats, fill.floats[0])
		}
	}
	return []value{{known: out}}, nil
}
