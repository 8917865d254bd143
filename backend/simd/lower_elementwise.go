package simd

import (
	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// unaryOps are the operations of one operand that programs have.
var unaryOps = map[compute.OpType]kernel.Op{
	compute.OpTypeAbs:        kernel.OpAbs,
	compute.OpTypeCeil:       kernel.OpCeil,
	compute.OpTypeCos:        kernel.OpCos,
	compute.OpTypeErf:        kernel.OpErf,
	compute.OpTypeExp:        kernel.OpExp,
	compute.OpTypeExpm1:      kernel.OpExpm1,
	compute.OpTypeFloor:      kernel.OpFloor,
	compute.OpTypeIsFinite:   kernel.OpIsFinite,
	compute.OpTypeIsNaN:      kernel.OpIsNaN,
	compute.OpTypeLog:        kernel.OpLog,
	compute.OpTypeLog1p:      kernel.OpLog1p,
	compute.OpTypeLogicalNot: kernel.OpNot,
	compute.OpTypeLogistic:   kernel.OpLogistic,
	compute.OpTypeNeg:        kernel.OpNeg,
	compute.OpTypeRound:      kernel.OpRound,
	compute.OpTypeRsqrt:      kernel.OpRsqrt,
	compute.OpTypeSign:       kernel.OpSign,
	compute.OpTypeSin:        kernel.OpSin,
	compute.OpTypeSqrt:       kernel.OpSqrt,
	compute.OpTypeTanh:       kernel.OpTanh,
}

// binaryOps are the operations of two operands that programs have.
var binaryOps = map[compute.OpType]kernel.Op{
	compute.OpTypeAdd:            kernel.OpAdd,
	compute.OpTypeAtan2:          kernel.OpAtan2,
	compute.OpTypeDiv:            kernel.OpDiv,
	compute.OpTypeEqual:          kernel.OpEq,
	compute.OpTypeGreaterOrEqual: kernel.OpGe,
	compute.OpTypeGreaterThan:    kernel.OpGt,
	compute.OpTypeLessOrEqual:    kernel.OpLe,
	compute.OpTypeLessThan:       kernel.OpLt,
	compute.OpTypeLogicalAnd:     kernel.OpAnd,
	compute.OpTypeLogicalOr:      kernel.OpOr,
	compute.OpTypeLogicalXor:     kernel.OpXor,
	compute.OpTypeMax:            kernel.OpMax,
	compute.OpTypeMin:            kernel.OpMin,
	compute.OpTypeMul:            kernel.OpMul,
	compute.OpTypeNotEqual:       kernel.OpNe,
	compute.OpTypePow:            kernel.OpPow,
	compute.OpTypeRem:            kernel.OpRem,
	compute.OpTypeSub:            kernel.OpSub,
}

// allRegisters reports whether all operands and outputs fit registers.
func allRegisters(n *node) bool {
	for _, vs := range [][]*value{n.inputs, n.outputs} {
		for _, v := range vs {
			if !isRegister(v.shape.DType) {
				return false
			}
		}
	}
	return true
}

// elementwise makes the fragment of a node with one output, which compute gets from the registers of the operands.
func (l *lowering) elementwise(n *node, compute func(f *fragment, in []register) register) {
	out := n.outputs[0]
	f := &fragment{dims: out.shape.Dimensions}
	in := make([]register, len(n.inputs))
	for i, v := range n.inputs {
		in[i] = f.operand(l.views[v])
	}
	r := compute(f, in)
	f.store(r, l.define(out).tensor)
	l.addFragment(f)
}

func lowerUnary(l *lowering, n *node) bool {
	if !allRegisters(n) {
		return false
	}
	l.elementwise(n, func(f *fragment, in []register) register {
		return f.apply(unaryOps[n.op], in[0])
	})
	return true
}

func lowerBinary(l *lowering, n *node) bool {
	if !allRegisters(n) {
		return lowerInteger(l, n)
	}
	l.elementwise(n, func(f *fragment, in []register) register {
		op := binaryOps[n.op]
		if op == kernel.OpMul && in[0] == in[1] {
			return f.apply(kernel.OpSquare, in[0])
		}
		if op == kernel.OpPow && in[1] >= 0 && f.instrs[in[1]].op == kernel.OpConst {
			switch f.instrs[in[1]].literal {
			case 1:
				return f.apply(kernel.OpCopy, in[0])
			case 2:
				return f.apply(kernel.OpSquare, in[0])
			}
		}
		return f.apply(op, in[0], in[1])
	})
	return true
}

func lowerWhere(l *lowering, n *node) bool {
	if !allRegisters(n) {
		return false
	}
	l.elementwise(n, func(f *fragment, in []register) register {
		return f.apply(kernel.OpSelect, in[0], in[1], in[2])
	})
	return true
}

func lowerClamp(l *lowering, n *node) bool {
	if !allRegisters(n) {
		return false
	}
	l.elementwise(n, func(f *fragment, in []register) register {
		return f.apply(kernel.OpMin, f.apply(kernel.OpMax, in[1], in[0]), in[2])
	})
	return true
}

// lowerConvert converts between float32, bool and int32. An int32 that is written or read here is only ever rounded
// as the conversion itself demands.
func lowerConvert(l *lowering, n *node) bool {
	from, to := n.inputs[0].shape.DType, n.outputs[0].shape.DType
	programs := func(d dtypes.DType) bool { return isRegister(d) || d == dtypes.Int32 }
	switch {
	case !programs(from) || !programs(to):
		return false
	case from == to:
		return lowerIdentity(l, n)
	}
	l.elementwise(n, func(f *fragment, in []register) register {
		switch to {
		case dtypes.Bool:
			return f.apply(kernel.OpNe, in[0], f.literal(0))
		case dtypes.Int32:
			return f.apply(kernel.OpTrunc, in[0])
		default:
			return f.apply(kernel.OpCopy, in[0])
		}
	})
	return true
}

// reductions are the reductions that programs have at their ends.
var reductions = map[compute.OpType]kernel.Reduction{
	compute.OpTypeReduceSum:     kernel.Sum,
	compute.OpTypeReduceProduct: kernel.Product,
	compute.OpTypeReduceMax:     kernel.Max,
	compute.OpTypeReduceMin:     kernel.Min,
}

func lowerReduce(l *lowering, n *node) bool {
	in, out := n.inputs[0], n.outputs[0]
	if in.shape.DType != dtypes.Float32 {
		return false
	}
	rank := in.shape.Rank()
	axes := make([]bool, rank)
	given := n.attributes.(reduceAttributes).axes
	for _, axis := range given {
		if axis < 0 {
			axis += rank
		}
		axes[axis] = true
	}
	if len(given) == 0 {
		for axis := range axes {
			axes[axis] = true
		}
	}
	f := &fragment{dims: in.shape.Dimensions}
	r := f.operand(l.views[in])
	if r >= 0 { // a constant: programs reduce what they compute per element
		r = f.apply(kernel.OpCopy, r)
	}
	o := fragmentOutput{register: r, tensor: l.define(out).tensor, reduce: reductions[n.op], axes: axes}
	f.outputs = append(f.outputs, o)
	l.addFragment(f)
	return true
}
