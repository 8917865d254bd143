package kernel

import (
	"math"
	"unsafe"
)

// tensor is test memory of one kind with room around it that must not change.
type tensor struct {
	kind   Kind
	floats []float32
	bools  []bool
	ints   []int32
}

func newTensor(kind Kind, n int) *tensor {
	t := &tensor{kind: kind}
	switch kind {
	case F32:
		t.floats = make([]float32, n+1)
	case Bool:
		t.bools = make([]bool, n+1)
	case I32:
		t.ints = make([]int32, n+1)
	}
	return t
}

func (t *tensor) at(i int) unsafe.Pointer {
	switch t.kind {
	case F32:
		return unsafe.Pointer(&t.floats[i])
	case Bool:
		return unsafe.Pointer(&t.bools[i])
	default:
		return unsafe.Pointer(&t.ints[i])
	}
}

func (t *tensor) value(i int) float64 { return float64(element(t.at(i), t.kind)) }

func (t *tensor) set(i int, x float32) {
	switch t.kind {
	case F32:
		t.floats[i] = x
	case Bool:
		t.bools[i] = x > 0
	case I32:
		t.ints[i] = int32(x * 10)
	}
}

// reference runs a program in float64, one element at a time. It returns the outputs and, for sums, the sum of the
// magnitudes.
func reference(p Program, inputs []*tensor, bases []int) (outputs, magnitudes [][]float64) {
	for _, out := range p.Outputs {
		n := outputSize(p.Dims, out)
		o := make([]float64, n)
		for i := range o {
			o[i] = float64(out.Reduce.identity())
		}
		outputs = append(outputs, o)
		magnitudes = append(magnitudes, make([]float64, n))
	}
	index := make([]int, len(p.Dims))
	for n := range product(p.Dims) {
		rest := n
		for axis := len(p.Dims) - 1; axis >= 0; axis-- {
			index[axis] = rest % p.Dims[axis]
			rest /= p.Dims[axis]
		}
		var regs []float64
		for i, in := range p.Inputs {
			at := bases[i]
			for axis, s := range in.Strides {
				at += index[axis] * s
			}
			regs = append(regs, inputs[i].value(at))
		}
		for _, in := range p.Instrs {
			regs = append(regs, evaluate(in, regs))
		}
		for i, out := range p.Outputs {
			x := regs[out.Register]
			at := n
			if out.Reduce != None {
				at = 0
				for axis, d := range p.Dims {
					if !out.Axes[axis] {
						at = at*d + index[axis]
					}
				}
			}
			o := &outputs[i][at]
			magnitudes[i][at] += math.Abs(x)
			switch out.Reduce {
			case Sum:
				*o += x
			case Product:
				*o *= x
			case Max:
				*o = max(*o, x)
			case Min:
				*o = min(*o, x)
			default:
				*o = x
			}
		}
	}
	return outputs, magnitudes
}

func outputSize(dims []int, out Output) int {
	n := 1
	for axis, d := range dims {
		if out.Reduce == None || !out.Axes[axis] {
			n *= d
		}
	}
	return n
}

func truth64(b bool) float64 { return float64(truth(b)) }

// evaluate computes one instruction in float64.
func evaluate(in Instr, regs []float64) float64 {
	var a, b, c float64
	switch in.Op.Operands() {
	case 3:
		c = regs[in.C]
		fallthrough
	case 2:
		b = regs[in.B]
		fallthrough
	case 1:
		a = regs[in.A]
	}
	switch in.Op {
	case OpConst:
		return float64(in.Const)
	case OpCopy:
		return a
	case OpNeg:
		return -a
	case OpAbs:
		return math.Abs(a)
	case OpSign:
		if a == 0 || a != a {
			return a
		}
		return math.Copysign(1, a)
	case OpSquare:
		return a * a
	case OpSqrt:
		return math.Sqrt(a)
	case OpRsqrt:
		return 1 / math.Sqrt(a)
	case OpExp:
		return math.Exp(a)
	case OpExpm1:
		return math.Expm1(a)
	case OpLog:
		return math.Log(a)
	case OpLog1p:
		return math.Log1p(a)
	case OpTanh:
		return math.Tanh(a)
	case OpLogistic:
		return 1 / (1 + math.Exp(-a))
	case OpSin:
		return math.Sin(a)
	case OpCos:
		return math.Cos(a)
	case OpErf:
		return math.Erf(a)
	case OpFloor:
		return math.Floor(a)
	case OpCeil:
		return math.Ceil(a)
	case OpRound:
		return math.RoundToEven(a)
	case OpTrunc:
		return math.Trunc(a)
	case OpNot:
		return truth64(a == 0)
	case OpIsNaN:
		return truth64(a != a)
	case OpIsFinite:
		return truth64(!math.IsNaN(a) && !math.IsInf(a, 0))
	case OpAdd:
		return a + b
	case OpSub:
		return a - b
	case OpMul:
		return a * b
	case OpDiv:
		return a / b
	case OpMax:
		return max(a, b)
	case OpMin:
		return min(a, b)
	case OpPow:
		return math.Pow(a, b)
	case OpAtan2:
		return math.Atan2(a, b)
	case OpRem:
		return math.Mod(a, b)
	case OpEq:
		return truth64(a == b)
	case OpNe:
		return truth64(a != b)
	case OpLt:
		return truth64(a < b)
	case OpLe:
		return truth64(a <= b)
	case OpGt:
		return truth64(a > b)
	case OpGe:
		return truth64(a >= b)
	case OpAnd:
		return truth64(a != 0 && b != 0)
	case OpOr:
		return truth64(a != 0 || b != 0)
	case OpXor:
		return truth64((a != 0) != (b != 0))
	case OpSelect:
		if a != 0 {
			return b
		}
		return c
	default:
		return a*b + c
	}
}
