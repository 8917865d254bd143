package simd

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/compute/support/testutil"
)

// NeedGoBackend skips a test under the race detector if it runs products on the Go backend: their pointers step over
// the end of slices, which the detector's checks of pointers refuse.
func NeedGoBackend(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("the Go backend's products do not run under the race detector")
	}
}

// GoBackend returns the Go backend that results are compared with. Its operations run one after the other: side by
// side, two convolutions can wait for each other's workers for ever.
func GoBackend(t *testing.T) compute.Backend {
	t.Helper()
	b, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNeighboursAreDelegatedAsOneStep(t *testing.T) {
	b := newTestBackend(t, "")
	builder := b.Builder("delegated")
	f := builder.Main().(*Function)
	c := &composer{f: f}
	x := c.keep(f.Constant([]float64{3, 4}, 2))
	p := c.keep(f.Parameter("p", x.(*value).shape, nil))
	// float64 is not this backend's: square, sum and root are one step.
	root := c.unary(f.Sqrt, c.keep(f.ReduceSum(c.binary(f.Mul, p, p))))
	if c.err != nil {
		t.Fatal(c.err)
	}
	if err := f.Return([]compute.Value{root}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if text := e.(*Executable).String(); strings.Count(text, "delegated {") != 1 {
		t.Errorf("want one delegated step:\n%s", text)
	}
	input, err := b.BufferFromFlatData(0, []float64{3, 4}, x.(*value).shape)
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := e.Execute([]compute.Buffer{input}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := FromBuffer(b, outputs[0])
	if err != nil {
		t.Fatal(err)
	}
	if got != 5.0 {
		t.Errorf("got %v, want 5", got)
	}
}

func TestClosuresSeeTheValuesAroundThem(t *testing.T) {
	b := newTestBackend(t, "")
	// While i < 5: i += step, total += x, where step and x are outside.
	got, err := Exec1(b, []any{float32(2), float32(1)}, func(f compute.Function, in []compute.Value) (compute.Value, error) {
		fn := f.(*Function)
		c := &composer{f: fn}
		x := c.unary(f.Tanh, in[0]) // computed here, used there
		condition, body := c.closure(fn), c.closure(fn)
		if c.err != nil {
			return nil, c.err
		}
		shape := in[0].(*value).shape
		in1 := &composer{f: condition}
		i := in1.keep(condition.Parameter("i", shape, nil))
		in1.keep(condition.Parameter("total", shape, nil))
		less := in1.binary(condition.LessThan, i, in1.scalar(5))
		if in1.err != nil {
			return nil, in1.err
		}
		if err := condition.Return([]compute.Value{less}, nil); err != nil {
			return nil, err
		}
		in2 := &composer{f: body}
		i = in2.keep(body.Parameter("i", shape, nil))
		total := in2.keep(body.Parameter("total", shape, nil))
		next, sum := in2.binary(body.Add, i, in[1]), in2.binary(body.Add, total, x)
		if in2.err != nil {
			return nil, in2.err
		}
		if err := body.Return([]compute.Value{next, sum}, nil); err != nil {
			return nil, err
		}
		state, err := f.While(condition, body, c.scalar(0), c.scalar(0))
		if err != nil {
			return nil, err
		}
		return state[1], c.err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := float32(5 * 0.9640276); got.(float32) < want-1e-5 || got.(float32) > want+1e-5 {
		t.Errorf("got %v, want %v", got, want)
	}
}

// closure makes a closure.
func (c *composer) closure(f *Function) *Function {
	closure, err := f.Closure()
	c.keep(nil, err)
	if err != nil {
		return nil
	}
	return closure.(*Function)
}
