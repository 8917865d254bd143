package kernel

import "fmt"

// Op is an operation of a pointwise program on float32 registers. Booleans are 0 and 1 there; an operand that is read
// as a boolean is true when it is not zero (NaN is true).
type Op uint8

const (
	OpConst Op = iota // Instr.Const

	OpCopy     // a
	OpNeg      // -a
	OpAbs      // |a|
	OpSign     // -1, 1, or a itself where a is zero or NaN
	OpSquare   // a*a
	OpSqrt     // NaN below zero
	OpRsqrt    // 1/sqrt(a)
	OpExp      // e**a
	OpExpm1    // e**a - 1, accurate near zero
	OpLog      // natural logarithm
	OpLog1p    // log(1+a), accurate near zero
	OpTanh     // hyperbolic tangent
	OpLogistic // 1/(1+exp(-a))
	OpSin      // sine of a in radians
	OpCos      // cosine of a in radians
	OpErf      // error function
	OpFloor    // to the integer below
	OpCeil     // to the integer above
	OpRound    // to the nearest integer, ties to even
	OpTrunc    // to the integer towards zero
	OpNot      // 1 where a is zero, else 0
	OpIsNaN    // 1 where a is NaN
	OpIsFinite // 1 where a is neither NaN nor infinite

	OpAdd   // a+b
	OpSub   // a-b
	OpMul   // a*b
	OpDiv   // a/b
	OpMax   // the greater, NaN if either is NaN
	OpMin   // the smaller, NaN if either is NaN
	OpPow   // a**b as math.Pow
	OpAtan2 // the angle of the point (b, a) as math.Atan2
	OpRem   // remainder with the sign of a, as math.Mod
	OpEq    // comparisons are false where an operand is NaN,
	OpNe    // but for this one, which is true
	OpLt
	OpLe
	OpGt
	OpGe
	OpAnd // 1 where both are true
	OpOr  // 1 where one is true
	OpXor // 1 where exactly one is true

	OpSelect // b where a is true, else c
	OpFMA    // a*b + c, rounded once where the level has such an instruction

	opCount
)

var opNames = [opCount]string{
	"Const", "Copy", "Neg", "Abs", "Sign", "Square", "Sqrt", "Rsqrt", "Exp", "Expm1", "Log", "Log1p", "Tanh",
	"Logistic", "Sin", "Cos", "Erf", "Floor", "Ceil", "Round", "Trunc", "Not", "IsNaN", "IsFinite",
	"Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Atan2", "Rem", "Eq", "Ne", "Lt", "Le", "Gt", "Ge",
	"And", "Or", "Xor", "Select", "FMA",
}

// String returns the name of the operation.
func (op Op) String() string {
	if op >= opCount {
		return fmt.Sprintf("Op(%d)", uint8(op))
	}
	return opNames[op]
}

// Operands returns how many of A, B and C the operation reads.
func (op Op) Operands() int {
	switch {
	case op == OpConst:
		return 0
	case op <= OpIsFinite:
		return 1
	case op <= OpXor:
		return 2
	default:
		return 3
	}
}

// Kind is how the elements of an operand are stored in memory.
type Kind uint8

const (
	F32  Kind = iota // float32
	Bool             // one byte, 0 or 1
	I32              // int32, exact in a register up to 2**24; stored by truncation
)

// size returns the bytes of one element.
func (k Kind) size() int {
	if k == Bool {
		return 1
	}
	return 4
}

// Reduction combines the values of a register along axes.
type Reduction uint8

const (
	None    Reduction = iota // keep every value
	Sum                      // start from 0
	Product                  // start from 1
	Max                      // start from -Inf; NaN wins
	Min                      // start from +Inf; NaN wins
)

// Operand is an input of a program.
type Operand struct {
	Kind Kind

	// Strides has one entry an axis of Program.Dims, in elements: 0 repeats the operand along the axis, negative
	// walks backwards. The pointer given to Run is that of the element with index 0 on every axis.
	Strides []int
}

// Instr computes one register. Registers 0 to len(Inputs)-1 are the inputs; then each instruction defines the next
// one. A, B and C are earlier registers.
type Instr struct {
	Op      Op
	A, B, C int
	Const   float32
}

// operands returns the registers that the instruction reads.
func (in Instr) operands() []int { return []int{in.A, in.B, in.C}[:in.Op.Operands()] }

// Output stores a register in row-major order of Program.Dims without the reduced axes.
type Output struct {
	Register int
	Kind     Kind
	Reduce   Reduction

	// Axes says for each axis of Program.Dims whether it is reduced. It is not read when Reduce is None.
	Axes []bool
}

// Program is a straight line of element-wise operations over an index space, with reductions at its ends.
type Program struct {
	Dims    []int
	Inputs  []Operand
	Instrs  []Instr
	Outputs []Output
}

// check returns an error that names the first thing that is wrong.
func (p *Program) check() error {
	for axis, d := range p.Dims {
		if d < 0 {
			return fmt.Errorf("pointwise program: axis %d has size %d", axis, d)
		}
	}
	for i, in := range p.Inputs {
		if in.Kind > I32 {
			return fmt.Errorf("pointwise program: input %d has unknown kind %d", i, in.Kind)
		}
		if len(in.Strides) != len(p.Dims) {
			return fmt.Errorf("pointwise program: input %d has %d strides for %d axes", i, len(in.Strides), len(p.Dims))
		}
	}
	for i, in := range p.Instrs {
		if in.Op >= opCount {
			return fmt.Errorf("pointwise program: instruction %d has unknown operation %d", i, in.Op)
		}
		for _, r := range in.operands() {
			if r < 0 || r >= len(p.Inputs)+i {
				return fmt.Errorf("pointwise program: instruction %d (%s) reads register %d, which is not defined before it", i, in.Op, r)
			}
		}
	}
	if len(p.Outputs) == 0 {
		return fmt.Errorf("pointwise program: no outputs")
	}
	for i, out := range p.Outputs {
		switch {
		case out.Register < 0 || out.Register >= len(p.Inputs)+len(p.Instrs):
			return fmt.Errorf("pointwise program: output %d stores register %d, which does not exist", i, out.Register)
		case out.Kind > I32 || out.Reduce > Min:
			return fmt.Errorf("pointwise program: output %d has unknown kind %d or reduction %d", i, out.Kind, out.Reduce)
		case out.Reduce != None && len(out.Axes) != len(p.Dims):
			return fmt.Errorf("pointwise program: output %d marks %d axes of %d", i, len(out.Axes), len(p.Dims))
		case out.Reduce != None && out.Kind != F32:
			return fmt.Errorf("pointwise program: output %d: only float32 can be reduced", i)
		}
	}
	return nil
}
