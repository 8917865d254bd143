package simd

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// newDense compiles tanh(x w + b) and the sum over its rows, for x [rows, n].
func newDense(t testing.TB, b *Backend, rows, n int) compute.Executable {
	t.Helper()
	builder := b.Builder("dense")
	f := builder.Main()
	c := &composer{f: f.(*Function)}
	parameter := func(name string, dims ...int) compute.Value {
		return c.keep(f.Parameter(name, shapes.Make(dtypes.Float32, dims...), nil))
	}
	x, w, bias := parameter("x", rows, n), parameter("w", n, n), parameter("b", n)
	y := c.keep(f.DotGeneral(x, []int{1}, nil, w, []int{0}, nil, compute.DotGeneralConfig{}))
	y = c.unary(f.Tanh, c.binary(f.Add, y, c.spread(bias, shapes.Make(dtypes.Float32, rows, n), []int{1})))
	sum := c.keep(f.ReduceSum(y, 0))
	if c.err != nil {
		t.Fatal(c.err)
	}
	if err := f.Return([]compute.Value{y, sum}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// filled returns a buffer with a pattern that depends on the seed.
func filled(t testing.TB, b *Backend, seed int, dims ...int) compute.Buffer {
	t.Helper()
	buffer, flat, err := b.NewSharedBuffer(0, shapes.Make(dtypes.Float32, dims...))
	if err != nil {
		t.Fatal(err)
	}
	for i := range flat.([]float32) {
		flat.([]float32)[i] = float32((i*7+seed*13)%29-14) / 32
	}
	return buffer
}

// contents returns a copy of a float32 buffer and finalizes it.
func contents(t testing.TB, buffer compute.Buffer) []float32 {
	t.Helper()
	flat, err := buffer.Data()
	if err != nil {
		t.Fatal(err)
	}
	own := slices.Clone(flat.([]float32))
	if err := buffer.Finalize(); err != nil {
		t.Fatal(err)
	}
	return own
}

func execute(t testing.TB, e compute.Executable, inputs []compute.Buffer, donate []bool) [][]float32 {
	t.Helper()
	outputs, err := e.Execute(inputs, donate, 0)
	if err != nil {
		t.Fatal(err)
	}
	flats := make([][]float32, len(outputs))
	for i, output := range outputs {
		flats[i] = contents(t, output)
	}
	return flats
}

func TestOneExecutableRunsInManyGoroutines(t *testing.T) {
	b := newTestBackend(t, "workers=3")
	const rows, n, goroutines, rounds = 37, 65, 6, 20
	e := newDense(t, b, rows, n)
	w, bias := filled(t, b, 1, n, n), filled(t, b, 2, n)
	var want [goroutines][][]float32
	for g := range goroutines {
		want[g] = execute(t, e, []compute.Buffer{filled(t, b, g, rows, n), w, bias}, nil)
	}
	var wait sync.WaitGroup
	failures := make(chan error, goroutines)
	for g := range goroutines {
		wait.Go(func() {
			for range rounds {
				outputs, err := e.Execute([]compute.Buffer{filled(t, b, g, rows, n), w, bias}, []bool{true, false, false}, 0)
				if err != nil {
					failures <- err
					return
				}
				for i, output := range outputs {
					if !slices.Equal(contents(t, output), want[g][i]) {
						failures <- fmt.Errorf("goroutine %d: output %d differs from that of a single one", g, i)
						return
					}
				}
			}
		})
	}
	wait.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
}

func TestResultsHaveTheSameBitsForAnyNumberOfWorkers(t *testing.T) {
	const rows, n = 301, 130
	var want [][]float32
	for _, workers := range []int{1, 2, 3, 5} {
		b := newTestBackend(t, fmt.Sprintf("workers=%d", workers))
		e := newDense(t, b, rows, n)
		got := execute(t, e, []compute.Buffer{filled(t, b, 3, rows, n), filled(t, b, 1, n, n), filled(t, b, 2, n)}, nil)
		if want == nil {
			want = got
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("output %d with %d workers has other bits than with one", i, workers)
			}
		}
	}
}

func TestTenThousandExecutionsKeepNoMemory(t *testing.T) {
	b := newTestBackend(t, "")
	const rows, n = 4, 32
	e := newDense(t, b, rows, n)
	inputs := []compute.Buffer{filled(t, b, 1, rows, n), filled(t, b, 2, n, n), filled(t, b, 3, n)}
	run := func(times int) {
		for range times {
			outputs, err := e.Execute(inputs, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, output := range outputs {
				if err := output.Finalize(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	live := func() uint64 {
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	run(100)
	goroutines, before := runtime.NumGoroutine(), live()
	run(10_000)
	if after := live(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines where there were %d", now, goroutines)
	}
}

func TestDonatedInputsBecomeOutputs(t *testing.T) {
	b := newTestBackend(t, "")
	builder := b.Builder("update")
	f := builder.Main()
	c := &composer{f: f.(*Function)}
	shape := shapes.Make(dtypes.Float32, 1000)
	w := c.keep(f.Parameter("w", shape, nil))
	g := c.keep(f.Parameter("g", shape, nil))
	updated := c.binary(f.Sub, w, c.binary(f.Mul, g, c.scalar(0.5)))
	if c.err != nil {
		t.Fatal(c.err)
	}
	if err := f.Return([]compute.Value{updated}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	wBuffer, gBuffer := filled(t, b, 1, 1000), filled(t, b, 2, 1000)
	place := wBuffer.(*Buffer).block
	outputs, err := e.Execute([]compute.Buffer{wBuffer, gBuffer}, []bool{true, false}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if outputs[0].(*Buffer).block != place {
		t.Error("the new weight does not lie where the donated one did")
	}
	if _, err := wBuffer.Data(); err == nil {
		t.Error("the donated buffer can still be read")
	}
	if _, err := e.Execute([]compute.Buffer{wBuffer, gBuffer}, nil, 0); err == nil {
		t.Error("a donated buffer is accepted as an input")
	}
	// The same buffer as both inputs: nothing may be overwritten too early.
	both := filled(t, b, 3, 1000)
	x := slices.Clone(both.(*Buffer).floats())
	got := execute(t, e, []compute.Buffer{both, both}, []bool{true, true})
	for i := range x {
		if got[0][i] != x[i]-0.5*x[i] {
			t.Fatalf("element %d is %v, want %v", i, got[0][i], x[i]-0.5*x[i])
		}
	}
}

// floats returns the elements of a float32 buffer.
func (b *Buffer) floats() []float32 { return flatAt(b.block.start, b.shape).([]float32) }

func TestExecutionAllocatesLittleBesidesItsOutputs(t *testing.T) {
	b := newTestBackend(t, "")
	const rows, n = 64, 64
	e := newDense(t, b, rows, n)
	inputs := []compute.Buffer{filled(t, b, 1, rows, n), filled(t, b, 2, n, n), filled(t, b, 3, n)}
	allocations := testing.AllocsPerRun(100, func() {
		outputs, err := e.Execute(inputs, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, output := range outputs {
			if err := output.Finalize(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocations > 8 {
		t.Errorf("%v allocations in an execution with two outputs", allocations)
	}
}
