package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// forLevels runs a test with the kernels of every level of this machine.
func forLevels(t *testing.T, f func(t *testing.T, k *Kernels)) {
	t.Helper()
	for _, level := range Levels() {
		t.Run(level.String(), func(t *testing.T) { f(t, New(level)) })
	}
}

// randomCase is a random program with its memory.
type randomCase struct {
	program Program
	inputs  []*tensor
	bases   []int
}

// steadyOps are operations that do not blow up rounding errors, so that the result of a chain can be compared.
var steadyOps = []Op{
	OpNeg, OpAbs, OpTanh, OpLogistic, OpSin, OpCos, OpErf, OpAdd, OpSub, OpMul, OpMax, OpMin, OpSelect, OpFMA, OpCopy, OpConst,
}

func newRandomCase(r *rand.Rand) randomCase {
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65}
	var c randomCase
	p := &c.program
	total := 1
	for range 1 + r.IntN(4) {
		d := sizes[r.IntN(len(sizes))]
		if r.IntN(12) == 0 {
			d = 900 + r.IntN(1500)
		}
		if total*d > 60000 {
			d = 1 + r.IntN(3)
		}
		total *= d
		p.Dims = append(p.Dims, d)
	}
	if r.IntN(30) == 0 {
		p.Dims[r.IntN(len(p.Dims))] = 0
	}
	for range 1 + r.IntN(4) {
		c.addInput(r)
	}
	for range r.IntN(8) {
		op := steadyOps[r.IntN(len(steadyOps))]
		n := len(p.Inputs) + len(p.Instrs)
		p.Instrs = append(p.Instrs, Instr{Op: op, A: r.IntN(n), B: r.IntN(n), C: r.IntN(n), Const: r.Float32()})
	}
	for range 1 + r.IntN(3) {
		out := Output{Register: r.IntN(len(p.Inputs) + len(p.Instrs)), Reduce: []Reduction{None, None, Sum, Max, Min}[r.IntN(5)]}
		if r.IntN(2) == 0 {
			out.Register = len(p.Inputs) + len(p.Instrs) - 1
		}
		if out.Reduce != None {
			for range p.Dims {
				out.Axes = append(out.Axes, r.IntN(2) == 0)
			}
		}
		p.Outputs = append(p.Outputs, out)
	}
	return c
}

// addInput adds an operand whose axes lie in memory in a random order, some of them repeated, reversed or with gaps.
func (c *randomCase) addInput(r *rand.Rand) {
	dims := c.program.Dims
	strides := make([]int, len(dims))
	axes := make([]int, len(dims))
	for i := range axes {
		axes[i] = len(dims) - 1 - i
	}
	if r.IntN(3) == 0 {
		r.Shuffle(len(axes), func(i, j int) { axes[i], axes[j] = axes[j], axes[i] })
	}
	plain := r.IntN(3) == 0
	next, base, gap := 1, 0, 1
	if !plain && r.IntN(6) == 0 {
		gap = 2
	}
	for _, axis := range axes {
		if !plain && r.IntN(3) == 0 {
			continue
		}
		strides[axis] = next * gap
		if !plain && r.IntN(8) == 0 {
			strides[axis] = -next * gap
			base += next * gap * max(0, dims[axis]-1)
		}
		next *= max(1, dims[axis])
	}
	kind := []Kind{F32, F32, F32, F32, Bool, I32}[r.IntN(6)]
	t := newTensor(kind, next*gap)
	for i := range next * gap {
		t.set(i, float32(r.NormFloat64()))
	}
	c.program.Inputs = append(c.program.Inputs, Operand{Kind: kind, Strides: strides})
	c.inputs = append(c.inputs, t)
	c.bases = append(c.bases, base)
}

func (c *randomCase) run(t *testing.T, k *Kernels, pool *Pool) [][]float32 {
	t.Helper()
	f, err := k.Compile(c.program)
	if err != nil {
		t.Fatal(err)
	}
	var outputs [][]float32
	var out, in []unsafe.Pointer
	for _, o := range c.program.Outputs {
		n := outputSize(c.program.Dims, o)
		memory := make([]float32, n+1)
		memory[n] = 42
		outputs = append(outputs, memory)
		out = append(out, unsafe.Pointer(&memory[0]))
	}
	for i, x := range c.inputs {
		in = append(in, x.at(c.bases[i]))
	}
	f.Run(pool, out, in)
	for i, o := range outputs {
		n := len(o) - 1
		if o[n] != 42 {
			t.Fatalf("output %d was written beyond its end", i)
		}
		outputs[i] = o[:n]
	}
	return outputs
}

func TestRandomProgramsMatchTheReference(t *testing.T) {
	forLevels(t, func(t *testing.T, k *Kernels) {
		two, five := NewPool(2), NewPool(5)
		defer two.Close()
		defer five.Close()
		cases := 200
		if testing.Short() {
			cases = 50
		}
		for seed := range cases {
			checkRandomProgram(t, uint64(seed), k, two, five)
		}
	})
}

// FuzzPrograms compares random programs at every level.
func FuzzPrograms(f *testing.F) {
	f.Add(uint64(1000))
	pool := NewPool(2)
	f.Cleanup(pool.Close)
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, level := range Levels() {
			checkRandomProgram(t, seed, New(level), pool)
		}
	})
}

// checkRandomProgram compares a random program with the reference, and its results on the pools bit by bit with those
// of the caller alone.
func checkRandomProgram(t *testing.T, seed uint64, k *Kernels, pools ...*Pool) {
	t.Helper()
	c := newRandomCase(rand.New(rand.NewPCG(seed, 1)))
	want, magnitude := reference(c.program, c.inputs, c.bases)
	got := c.run(t, k, nil)
	for o := range want {
		for i := range want[o] {
			scale := 1 + math.Abs(want[o][i])
			if c.program.Outputs[o].Reduce == Sum {
				scale = 1 + magnitude[o][i]
			}
			if d := math.Abs(float64(got[o][i]) - want[o][i]); !(d <= 2e-4*scale) && want[o][i] != float64(got[o][i]) {
				t.Fatalf("seed %d: output %d element %d: got %v, want %v\n%+v", seed, o, i, got[o][i], want[o][i], c.program)
			}
		}
	}
	for _, pool := range pools {
		again := c.run(t, k, pool)
		for o := range got {
			if !sameBits(got[o], again[o]) {
				t.Fatalf("seed %d: output %d differs with %d workers", seed, o, pool.Workers())
			}
		}
	}
}

func sameBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestReductionsOfEveryPattern(t *testing.T) {
	shapes := [][]int{{1}, {0}, {5}, {1000}, {1025}, {70000}, {3, 5}, {300, 3}, {3, 300}, {2100, 64}, {64, 2100}, {7, 33, 5}, {4, 50, 64}, {2, 3000, 3}, {3, 0, 2}, {6, 1, 7, 9}, {40, 16, 2, 33}, {1100, 110}}
	forLevels(t, func(t *testing.T, k *Kernels) {
		pool := NewPool(2)
		defer pool.Close()
		r := rand.New(rand.NewPCG(1, 2))
		for _, dims := range shapes {
			for mask := range 1 << len(dims) {
				axes := make([]bool, len(dims))
				for i := range axes {
					axes[i] = mask>>i&1 == 1
				}
				p := Program{Dims: dims, Inputs: []Operand{{Strides: rowMajor(dims, func(int) bool { return true })}}}
				for _, reduction := range []Reduction{Sum, Max, Min, Product} {
					p.Outputs = append(p.Outputs, Output{Reduce: reduction, Axes: axes})
				}
				x := newTensor(F32, product(dims))
				for i := range x.floats {
					x.floats[i] = 1 + float32(r.NormFloat64())/100
				}
				c := randomCase{program: p, inputs: []*tensor{x}, bases: []int{0}}
				want, _ := reference(p, c.inputs, c.bases)
				got := c.run(t, k, pool)
				for o := range want {
					for i := range want[o] {
						tolerance := []float64{0, 5e-7, 2e-5 * math.Sqrt(float64(product(dims))), 0, 0}[p.Outputs[o].Reduce]
						if d := math.Abs(float64(got[o][i]) - want[o][i]); d > tolerance*math.Abs(want[o][i]) {
							t.Fatalf("%v over %v, reduction %d, element %d: got %v, want %v", dims, axes, p.Outputs[o].Reduce, i, got[o][i], want[o][i])
						}
					}
				}
			}
		}
	})
}

func TestOutputsMayOverwriteInputs(t *testing.T) {
	// m, v, p and g are an Adam step that updates three of its inputs.
	const n = 5000
	p := Program{
		Dims:   []int{n},
		Inputs: []Operand{{Strides: []int{1}}, {Strides: []int{1}}, {Strides: []int{1}}, {Strides: []int{1}}},
		Instrs: []Instr{
			{Op: OpAdd, A: 0, B: 3},  // 4: m+g
			{Op: OpMul, A: 3, B: 3},  // 5: g*g
			{Op: OpAdd, A: 1, B: 5},  // 6: v+g*g
			{Op: OpMul, A: 4, B: 0},  // 7: reads m after the new m
			{Op: OpSub, A: 2, B: 7},  // 8: p - ...
			{Op: OpCopy, A: 2, B: 0}, // 9: the old p
		},
		Outputs: []Output{{Register: 4}, {Register: 6}, {Register: 8}, {Register: 9, Reduce: Sum, Axes: []bool{true}}},
	}
	forLevels(t, func(t *testing.T, k *Kernels) {
		r := rand.New(rand.NewPCG(3, 4))
		c := randomCase{program: p, bases: make([]int, 4)}
		for range 4 {
			x := newTensor(F32, n)
			for i := range x.floats {
				x.floats[i] = float32(r.NormFloat64())
			}
			c.inputs = append(c.inputs, x)
		}
		want := c.run(t, k, nil)
		f, err := k.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		var in []unsafe.Pointer
		for _, x := range c.inputs {
			in = append(in, x.at(0))
		}
		var sum float32
		f.Run(nil, []unsafe.Pointer{in[0], in[1], in[2], unsafe.Pointer(&sum)}, in)
		for i := range 3 {
			if !sameBits(want[i], c.inputs[i].floats[:n]) {
				t.Errorf("output %d differs when it overwrites its input", i)
			}
		}
		if sum != want[3][0] {
			t.Errorf("sum of an input that is overwritten: got %v, want %v", sum, want[3][0])
		}
	})
}

func TestTwoInputsMayBeSwapped(t *testing.T) {
	forLevels(t, func(t *testing.T, k *Kernels) {
		f, err := k.Compile(Program{
			Dims:    []int{40},
			Inputs:  []Operand{{Strides: []int{1}}, {Strides: []int{1}}},
			Outputs: []Output{{Register: 1}, {Register: 0}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var a, b [40]float32
		fill(a[:], 1)
		fill(b[:], 2)
		both := []unsafe.Pointer{unsafe.Pointer(&a), unsafe.Pointer(&b)}
		f.Run(nil, both, both)
		if a[39] != 2 || b[0] != 1 {
			t.Errorf("got %v and %v", a[39], b[0])
		}
	})
}

func TestBooleansAndIntegersAreStored(t *testing.T) {
	forLevels(t, func(t *testing.T, k *Kernels) {
		for n := range 70 {
			f, err := k.Compile(Program{
				Dims:    []int{n},
				Inputs:  []Operand{{Strides: []int{1}}},
				Instrs:  []Instr{{Op: OpConst, Const: 3}, {Op: OpLt, A: 1, B: 0}},
				Outputs: []Output{{Register: 2, Kind: Bool}, {Register: 0, Kind: I32}},
			})
			if err != nil {
				t.Fatal(err)
			}
			x, above, whole := newTensor(F32, n), newTensor(Bool, n), newTensor(I32, n)
			for i := range x.floats {
				x.floats[i] = float32(i) / 2
			}
			whole.ints[n] = -7
			f.Run(nil, []unsafe.Pointer{above.at(0), whole.at(0)}, []unsafe.Pointer{x.at(0)})
			for i := range n {
				if above.bools[i] != (float32(i)/2 > 3) || whole.ints[i] != int32(i/2) {
					t.Fatalf("n=%d: element %d: got %v and %v", n, i, above.bools[i], whole.ints[i])
				}
			}
			if above.bools[n] || whole.ints[n] != -7 {
				t.Fatalf("n=%d: written beyond the end", n)
			}
		}
	})
}

func TestRunAllocatesNothing(t *testing.T) {
	k := New(Best())
	pool := NewPool(2)
	defer pool.Close()
	c := newRandomCase(rand.New(rand.NewPCG(5, 6)))
	c.program.Dims = []int{300, 301}
	c.program.Inputs = []Operand{{Strides: []int{301, 1}}, {Strides: []int{0, 1}}}
	c.program.Instrs = []Instr{{Op: OpAdd, A: 0, B: 1}, {Op: OpTanh, A: 2}}
	c.program.Outputs = []Output{{Register: 3}, {Register: 3, Reduce: Sum, Axes: []bool{true, false}}, {Register: 3, Reduce: Sum, Axes: []bool{true, true}}}
	f, err := k.Compile(c.program)
	if err != nil {
		t.Fatal(err)
	}
	x, y, all := make([]float32, 300*301), make([]float32, 300*301), make([]float32, 301)
	in := []unsafe.Pointer{unsafe.Pointer(&x[0]), unsafe.Pointer(&all[0])}
	out := []unsafe.Pointer{unsafe.Pointer(&y[0]), unsafe.Pointer(&all[0]), unsafe.Pointer(new(float32))}
	run := func() { f.Run(pool, out, in) }
	for range 50 {
		run()
	}
	if n := testing.AllocsPerRun(100, run); n >= 1 {
		t.Errorf("%v allocations a run", n)
	}
}

func TestSumsStayAccurate(t *testing.T) {
	forLevels(t, func(t *testing.T, k *Kernels) {
		for _, dims := range [][]int{{3_000_000}, {1_000_000, 3}, {3, 1_000_000}} {
			axes := []bool{true, true}[:len(dims)]
			if len(dims) == 2 {
				axes = []bool{dims[0] > dims[1], dims[0] < dims[1]}
			}
			x := newTensor(F32, product(dims))
			fill(x.floats, 0.1)
			c := randomCase{
				program: Program{Dims: dims, Inputs: []Operand{{Strides: rowMajor(dims, func(int) bool { return true })}}, Outputs: []Output{{Reduce: Sum, Axes: axes}}},
				inputs:  []*tensor{x}, bases: []int{0},
			}
			got := c.run(t, k, nil)[0]
			want := float64(float32(0.1)) * float64(product(dims)/len(got))
			if e := math.Abs(float64(got[0])-want) / want; e > 1e-6 {
				t.Errorf("sum over %v of %v: relative error %.2g", axes, dims, e)
			}
		}
	})
}

func TestWrongProgramsAreRefused(t *testing.T) {
	in := []Operand{{Strides: []int{1}}}
	for name, p := range map[string]Program{
		"negative size":          {Dims: []int{-1}, Inputs: in, Outputs: []Output{{}}},
		"strides":                {Dims: []int{2, 2}, Inputs: in, Outputs: []Output{{}}},
		"kind":                   {Dims: []int{2}, Inputs: []Operand{{Kind: 9, Strides: []int{1}}}, Outputs: []Output{{}}},
		"operation":              {Dims: []int{2}, Inputs: in, Instrs: []Instr{{Op: opCount}}, Outputs: []Output{{}}},
		"register of later":      {Dims: []int{2}, Inputs: in, Instrs: []Instr{{Op: OpNeg, A: 1}}, Outputs: []Output{{}}},
		"no outputs":             {Dims: []int{2}, Inputs: in},
		"output of nothing":      {Dims: []int{2}, Inputs: in, Outputs: []Output{{Register: 1}}},
		"reduction without axes": {Dims: []int{2}, Inputs: in, Outputs: []Output{{Reduce: Sum}}},
		"reduced booleans":       {Dims: []int{2}, Inputs: in, Outputs: []Output{{Kind: Bool, Reduce: Sum, Axes: []bool{true}}}},
	} {
		if _, err := New(Portable).Compile(p); err == nil {
			t.Errorf("%s: no error", name)
		} else if testing.Verbose() {
			fmt.Println(err)
		}
	}
}

func TestOneProgramRunsSideBySide(t *testing.T) {
	const n = 40_000
	k := New(Best())
	pool := NewPool(3)
	defer pool.Close()
	f, err := k.Compile(Program{
		Dims:    []int{n},
		Inputs:  []Operand{denseOperand(n)},
		Instrs:  []Instr{{Op: OpExp, A: 0}, {Op: OpMul, A: 1, B: 0}},
		Outputs: []Output{{Register: 2}, {Register: 2, Reduce: Sum, Axes: []bool{true}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	runs := func(seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 0))
		x, y, want := make([]float32, n), make([]float32, n), float32(0)
		for i := range x {
			x[i] = r.Float32()
		}
		for round := range 20 {
			var sum float32
			f.Run(pool, []unsafe.Pointer{unsafe.Pointer(&y[0]), unsafe.Pointer(&sum)}, []unsafe.Pointer{unsafe.Pointer(&x[0])})
			if round == 0 {
				want = sum
			}
			if i := r.IntN(n); sum != want || math.Abs(float64(y[i])-float64(x[i])*math.Exp(float64(x[i]))) > 1e-6 {
				return fmt.Errorf("round %d: sum %v, want %v; element %d is %v of %v", round, sum, want, i, y[i], x[i])
			}
		}
		return nil
	}
	errs := make(chan error)
	for seed := range uint64(4) {
		go func() { errs <- runs(seed) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
