package kernel

import "math"

// truth returns a boolean as registers hold it.
func truth(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// in64 makes a float32 function of one on float64.
func in64(f func(float64) float64) func(float32) float32 {
	return func(x float32) float32 { return float32(f(float64(x))) }
}

// unaryFunc returns an operation on one operand as a function.
func unaryFunc(op Op) func(float32) float32 {
	switch op {
	case OpNeg:
		return func(x float32) float32 { return -x }
	case OpAbs:
		return func(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
	case OpSign:
		return sign
	case OpSquare:
		return func(x float32) float32 { return x * x }
	case OpSqrt:
		return in64(math.Sqrt)
	case OpRsqrt:
		return in64(func(x float64) float64 { return 1 / math.Sqrt(x) })
	case OpExp:
		return in64(math.Exp)
	case OpExpm1:
		return in64(math.Expm1)
	case OpLog:
		return in64(math.Log)
	case OpLog1p:
		return in64(math.Log1p)
	case OpTanh:
		return in64(math.Tanh)
	case OpLogistic:
		return in64(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) })
	case OpSin:
		return in64(math.Sin)
	case OpCos:
		return in64(math.Cos)
	case OpErf:
		return in64(math.Erf)
	case OpFloor:
		return in64(math.Floor)
	case OpCeil:
		return in64(math.Ceil)
	case OpRound:
		return in64(math.RoundToEven)
	case OpTrunc:
		return in64(math.Trunc)
	case OpNot:
		return func(x float32) float32 { return truth(x == 0) }
	case OpIsNaN:
		return func(x float32) float32 { return truth(x != x) }
	case OpIsFinite:
		return func(x float32) float32 { return truth(x-x == 0) }
	default:
		return func(x float32) float32 { return x }
	}
}

func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	default:
		return x
	}
}

// binaryFunc returns an operation on two operands as a function.
func binaryFunc(op Op) func(a, b float32) float32 {
	switch op {
	case OpSub:
		return func(a, b float32) float32 { return a - b }
	case OpMul:
		return func(a, b float32) float32 { return a * b }
	case OpDiv:
		return func(a, b float32) float32 { return a / b }
	case OpMax:
		return func(a, b float32) float32 { return max(a, b) }
	case OpMin:
		return func(a, b float32) float32 { return min(a, b) }
	case OpPow:
		return func(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) }
	case OpAtan2:
		return func(a, b float32) float32 { return float32(math.Atan2(float64(a), float64(b))) }
	case OpRem:
		return func(a, b float32) float32 { return float32(math.Mod(float64(a), float64(b))) }
	case OpEq:
		return func(a, b float32) float32 { return truth(a == b) }
	case OpNe:
		return func(a, b float32) float32 { return truth(a != b) }
	case OpLt:
		return func(a, b float32) float32 { return truth(a < b) }
	case OpLe:
		return func(a, b float32) float32 { return truth(a <= b) }
	case OpGt:
		return func(a, b float32) float32 { return truth(a > b) }
	case OpGe:
		return func(a, b float32) float32 { return truth(a >= b) }
	case OpAnd:
		return func(a, b float32) float32 { return truth(a != 0 && b != 0) }
	case OpOr:
		return func(a, b float32) float32 { return truth(a != 0 || b != 0) }
	case OpXor:
		return func(a, b float32) float32 { return truth((a != 0) != (b != 0)) }
	default:
		return func(a, b float32) float32 { return a + b }
	}
}
