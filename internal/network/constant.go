package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes/float16"
)

// constant is a tensor that a model holds: of floats, or of integers, which are shapes, axes and places.
type constant struct {
	dims   []int
	floats []float32
	ints   []int64 // in place of floats
}

// The kinds of elements of a tensor.
const (
	kindFloat   = 1
	kindUint8   = 2
	kindInt8    = 3
	kindInt32   = 6
	kindInt64   = 7
	kindBool    = 9
	kindFloat16 = 10
	kindDouble  = 11
)

// sizes are the bytes of an element.
var sizes = map[int64]int{kindFloat: 4, kindUint8: 1, kindInt8: 1, kindInt32: 4, kindInt64: 8, kindBool: 1, kindFloat16: 2, kindDouble: 8}

// maxElements is how many values a tensor may have, a constant as well as one that is computed.
const maxElements = 1 << 28

// count is the number of values of a shape.
func count(dims []int) (int, error) {
	n := 1
	for _, d := range dims {
		if d < 0 || d > maxElements || d > 0 && n > maxElements/d {
			return 0, fmt.Errorf("the shape %v is too large", dims)
		}
		n *= d
	}
	return n, nil
}

// parseConstant reads a TensorProto.
func parseConstant(data []byte) (name string, c constant, err error) {
	var kind int64
	var raw []byte
	var dims, ints []int64
	var values []float32
	var doubles []byte
	external := false
	err = fields(data, func(f field) error {
		var err error
		switch f.number {
		case 1:
			dims, err = f.integers(dims)
		case 2:
			kind = int64(f.value)
		case 4:
			values, err = f.floats(values)
		case 5, 7:
			ints, err = f.integers(ints)
		case 8:
			name = string(f.bytes)
		case 9:
			raw = f.bytes
		case 10:
			doubles = append(doubles, f.bytes...)
		case 13:
			external = true
		case 14:
			external = external || f.value == 1
		}
		return err
	})
	if err != nil {
		return name, c, err
	}
	if external {
		return name, c, errors.New("lies in another file: save the model as one file")
	}
	for _, d := range dims {
		if d < 0 || d > maxElements {
			return name, c, fmt.Errorf("has the shape %v", dims)
		}
		c.dims = append(c.dims, int(d))
	}
	n, err := count(c.dims)
	if err != nil {
		return name, c, err
	}
	size, known := sizes[kind]
	if !known {
		return name, c, fmt.Errorf("has elements of the kind %d, which is not read", kind)
	}
	switch {
	case raw != nil:
		if len(raw) != n*size {
			return name, c, fmt.Errorf("has %d bytes for the shape %v", len(raw), dims)
		}
		c.decode(kind, raw)
	case kind == kindDouble:
		if len(doubles) != 8*n {
			return name, c, fmt.Errorf("has %d bytes for the shape %v", len(doubles), dims)
		}
		c.decode(kind, doubles)
	case kind == kindFloat:
		c.floats = values
	case kind == kindFloat16:
		for _, v := range ints {
			c.floats = append(c.floats, float16.FromBits(uint16(v)).Float32())
		}
	default:
		c.ints = ints
	}
	if max(len(c.floats), len(c.ints)) != n {
		return name, c, fmt.Errorf("has %d values for the shape %v", max(len(c.floats), len(c.ints)), dims)
	}
	return name, c, nil
}

// decode reads raw values, little endian.
func (c *constant) decode(kind int64, raw []byte) {
	le := binary.LittleEndian
	for size := sizes[kind]; len(raw) > 0; raw = raw[size:] {
		switch kind {
		case kindFloat:
			c.floats = append(c.floats, math.Float32frombits(le.Uint32(raw)))
		case kindFloat16:
			c.floats = append(c.floats, float16.FromBits(le.Uint16(raw)).Float32())
		case kindDouble:
			c.floats = append(c.floats, float32(math.Float64frombits(le.Uint64(raw))))
		case kindInt64:
			c.ints = append(c.ints, int64(le.Uint64(raw)))
		case kindInt32:
			c.ints = append(c.ints, int64(int32(le.Uint32(raw))))
		case kindInt8:
			c.ints = append(c.ints, int64(int8(raw[0])))
		default:
			c.ints = append(c.ints, int64(raw[0]))
		}
	}
}
