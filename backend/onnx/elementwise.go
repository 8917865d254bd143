package onnx

import (
	"encoding/binary"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

func (f *function) unary(op compute.OpType, kind string, x compute.Value) (compute.Value, error) {
	shape, err := shapeinference.UnaryOp(op, x.(*value).shape)
	if err != nil {
		return nil, err
	}
	return f.operator(kind, shape, nil, x.(*value)), nil
}

func (f *function) binary(op compute.OpType, kind string, x, y compute.Value) (compute.Value, error) {
	shape, err := shapeinference.BinaryOp(op, x.(*value).shape, y.(*value).shape)
	if err != nil {
		return nil, err
	}
	return f.operator(kind, shape, nil, x.(*value), y.(*value)), nil
}

func (f *function) comparison(op compute.OpType, kind string, x, y compute.Value) (compute.Value, error) {
	shape, err := shapeinference.ComparisonOp(op, x.(*value).shape, y.(*value).shape)
	if err != nil {
		return nil, err
	}
	return f.operator(kind, shape, nil, x.(*value), y.(*value)), nil
}

func (f *function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeAbs, "Abs", x)
}
func (f *function) Ceil(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCeil, "Ceil", x)
}
func (f *function) Cos(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCos, "Cos", x)
}
func (f *function) Erf(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeErf, "Erf", x)
}
func (f *function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExp, "Exp", x)
}
func (f *function) Floor(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeFloor, "Floor", x)
}
func (f *function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog, "Log", x)
}
func (f *function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogicalNot, "Not", x)
}
func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, "Sigmoid", x)
}
func (f *function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeNeg, "Neg", x)
}
func (f *function) Round(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRound, "Round", x)
}
func (f *function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSign, "Sign", x)
}
func (f *function) Sin(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSin, "Sin", x)
}
func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, "Sqrt", x)
}
func (f *function) Tanh(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeTanh, "Tanh", x)
}

// Rsqrt is the reciprocal of the root.
func (f *function) Rsqrt(x compute.Value) (compute.Value, error) {
	root, err := f.unary(compute.OpTypeSqrt, "Sqrt", x)
	if err != nil {
		return nil, err
	}
	return f.operator("Reciprocal", root.(*value).shape, nil, root.(*value)), nil
}

// Identity is x.
func (f *function) Identity(x compute.Value) (compute.Value, error) { return x, nil }

func (f *function) Add(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, "Add", x, y)
}
func (f *function) Sub(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, "Sub", x, y)
}
func (f *function) Mul(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, "Mul", x, y)
}
func (f *function) Div(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, "Div", x, y)
}
func (f *function) Pow(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypePow, "Pow", x, y)
}
func (f *function) Max(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, "Max", x, y)
}
func (f *function) Min(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, "Min", x, y)
}
func (f *function) LogicalAnd(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, "And", x, y)
}
func (f *function) LogicalOr(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, "Or", x, y)
}
func (f *function) LogicalXor(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalXor, "Xor", x, y)
}

func (f *function) Equal(x, y compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeEqual, "Equal", x, y)
}
func (f *function) NotEqual(x, y compute.Value) (compute.Value, error) {
	equal, err := f.comparison(compute.OpTypeEqual, "Equal", x, y)
	if err != nil {
		return nil, err
	}
	return f.operator("Not", equal.(*value).shape, nil, equal.(*value)), nil
}
func (f *function) GreaterThan(x, y compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeGreaterThan, "Greater", x, y)
}
func (f *function) GreaterOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeGreaterOrEqual, "GreaterOrEqual", x, y)
}
func (f *function) LessThan(x, y compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeLessThan, "Less", x, y)
}
func (f *function) LessOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeLessOrEqual, "LessOrEqual", x, y)
}

// Clamp is min(max(x, low), high).
func (f *function) Clamp(low, x, high compute.Value) (compute.Value, error) {
	shape := x.(*value).shape
	raised := f.operator("Max", shape, nil, x.(*value), low.(*value))
	return f.operator("Min", shape, nil, raised, high.(*value)), nil
}

func (f *function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	shape, err := shapeinference.Where(condition.(*value).shape, onTrue.(*value).shape, onFalse.(*value).shape)
	if err != nil {
		return nil, err
	}
	return f.operator("Where", shape, nil, condition.(*value), onTrue.(*value), onFalse.(*value)), nil
}

func (f *function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	number, ok := elementTypes[dtype]
	if !ok {
		return nil, unsupported(compute.OpTypeConvertDType)
	}
	shape := x.(*value).shape.Clone()
	shape.DType = dtype
	return f.operator("Cast", shape, map[string]any{"to": int(number)}, x.(*value)), nil
}

// Iota counts along an axis. It is a constant.
func (f *function) Iota(shape shapes.Shape, axis int) (compute.Value, error) {
	inner := 1
	for _, d := range shape.Dimensions[axis+1:] {
		inner *= d
	}
	var data []byte
	for i := range shape.Size() {
		n := i / inner % shape.Dimensions[axis]
		switch shape.DType {
		case dtypes.Float32:
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(n)))
		case dtypes.Int32, dtypes.Uint32:
			data = binary.LittleEndian.AppendUint32(data, uint32(n))
		case dtypes.Int64, dtypes.Uint64:
			data = binary.LittleEndian.AppendUint64(data, uint64(n))
		default:
			return nil, unsupported(compute.OpTypeIota)
		}
	}
	return f.constant(data, shape), nil
}
