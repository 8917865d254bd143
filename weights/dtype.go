package weights

import (
	"encoding/binary"
	"fmt"
	"math"
)

// DType is the type of a tensor's elements.
type DType uint8

// The element types, by their names in a safetensors header.
const (
	BOOL DType = iota + 1
	U8
	I8
	U16
	I16
	F16
	BF16
	U32
	I32
	F32
	U64
	I64
	F64
)

// dtypes lists every type's name and size in bytes, indexed by DType.
var dtypes = [...]struct {
	name string
	size int
}{
	BOOL: {"BOOL", 1}, U8: {"U8", 1}, I8: {"I8", 1},
	U16: {"U16", 2}, I16: {"I16", 2}, F16: {"F16", 2}, BF16: {"BF16", 2},
	U32: {"U32", 4}, I32: {"I32", 4}, F32: {"F32", 4},
	U64: {"U64", 8}, I64: {"I64", 8}, F64: {"F64", 8},
}

// String returns the name of the type in a safetensors header, such as "F32".
func (d DType) String() string {
	if !d.valid() {
		return fmt.Sprintf("DType(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Size returns the bytes one element takes, and 0 for an invalid type.
func (d DType) Size() int {
	if !d.valid() {
		return 0
	}
	return dtypes[d].size
}

func (d DType) valid() bool { return d > 0 && int(d) < len(dtypes) }

// parseDType finds a type by its name in a safetensors header.
func parseDType(name string) (DType, bool) {
	for d := BOOL; d.valid(); d++ {
		if dtypes[d].name == name {
			return d, true
		}
	}
	return 0, false
}

// Element is a Go type whose values a tensor holds.
type Element interface {
	uint8 | int8 | uint16 | int16 | uint32 | int32 | uint64 | int64 | float32 | float64
}

// dtypeOf returns the element type that stores values of T.
func dtypeOf[T Element]() DType {
	switch any(*new(T)).(type) {
	case uint8:
		return U8
	case int8:
		return I8
	case uint16:
		return U16
	case int16:
		return I16
	case uint32:
		return U32
	case int32:
		return I32
	case uint64:
		return U64
	case int64:
		return I64
	case float32:
		return F32
	default:
		return F64
	}
}

// appendFloat32s appends the elements in data, rounded to float32, to dst.
func (d DType) appendFloat32s(dst []float32, data []byte) []float32 {
	le := binary.LittleEndian
	size := d.Size()
	for ; len(data) >= size; data = data[size:] {
		var x float32
		switch d {
		case BOOL:
			if data[0] != 0 {
				x = 1
			}
		case U8:
			x = float32(data[0])
		case I8:
			x = float32(int8(data[0]))
		case U16:
			x = float32(le.Uint16(data))
		case I16:
			x = float32(int16(le.Uint16(data)))
		case F16:
			x = halfToFloat32(le.Uint16(data))
		case BF16:
			x = math.Float32frombits(uint32(le.Uint16(data)) << 16)
		case U32:
			x = float32(le.Uint32(data))
		case I32:
			x = float32(int32(le.Uint32(data)))
		case F32:
			x = math.Float32frombits(le.Uint32(data))
		case U64:
			x = float32(le.Uint64(data))
		case I64:
			x = float32(int64(le.Uint64(data)))
		case F64:
			x = float32(math.Float64frombits(le.Uint64(data)))
		}
		dst = append(dst, x)
	}
	return dst
}

// appendInt64s appends the integers in data to dst. It reports false, and appends less, when the type holds no
// integers or a value exceeds an int64.
func (d DType) appendInt64s(dst []int64, data []byte) ([]int64, bool) {
	le := binary.LittleEndian
	size := d.Size()
	for ; len(data) >= size; data = data[size:] {
		var x int64
		switch d {
		case BOOL:
			if data[0] != 0 {
				x = 1
			}
		case U8:
			x = int64(data[0])
		case I8:
			x = int64(int8(data[0]))
		case U16:
			x = int64(le.Uint16(data))
		case I16:
			x = int64(int16(le.Uint16(data)))
		case U32:
			x = int64(le.Uint32(data))
		case I32:
			x = int64(int32(le.Uint32(data)))
		case U64:
			if le.Uint64(data) > math.MaxInt64 {
				return dst, false
			}
			x = int64(le.Uint64(data))
		case I64:
			x = int64(le.Uint64(data))
		default:
			return dst, false
		}
		dst = append(dst, x)
	}
	return dst, true
}

// halfToFloat32 widens an IEEE 754 binary16 value, exactly.
func halfToFloat32(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h>>10) & 0x1f
	fraction := uint32(h) & 0x3ff
	switch exponent {
	case 0: // zero and subnormal: fraction * 2^-24
		x := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(x))
	case 0x1f: // infinity and NaN, whose payload is kept
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	default: // rebias the exponent from 15 to 127
		return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
	}
}
