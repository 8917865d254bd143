package network

import (
	"encoding/binary"
	"errors"
	"math"
)

// The wire types of protocol buffers.
const (
	wireVarint = 0
	wireFixed8 = 1
	wireBytes  = 2
	wireFixed4 = 5
)

var errCut = errors.New("it ends in the middle of a field: it is cut, or is no ONNX model")

// field is one field of a message: a number, or bytes.
type field struct {
	number int
	value  uint64
	bytes  []byte
}

// fields calls visit with each field of a message.
func fields(data []byte, visit func(f field) error) error {
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<20 {
			return errCut
		}
		data = data[n:]
		f := field{number: int(tag >> 3)}
		switch tag & 7 {
		case wireVarint:
			if f.value, n = binary.Uvarint(data); n <= 0 {
				return errCut
			}
		case wireFixed8:
			if n = 8; len(data) < n {
				return errCut
			}
			f.value = binary.LittleEndian.Uint64(data)
		case wireFixed4:
			if n = 4; len(data) < n {
				return errCut
			}
			f.value = uint64(binary.LittleEndian.Uint32(data))
		case wireBytes:
			var size uint64
			if size, n = binary.Uvarint(data); n <= 0 || size > uint64(len(data)-n) {
				return errCut
			}
			f.bytes = data[n : n+int(size)]
			n += int(size)
		default:
			return errCut
		}
		data = data[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// integers adds the numbers of a repeated field, packed or not.
func (f field) integers(list []int64) ([]int64, error) {
	if f.bytes == nil {
		return append(list, int64(f.value)), nil
	}
	for data := f.bytes; len(data) > 0; {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, errCut
		}
		list, data = append(list, int64(v)), data[n:]
	}
	return list, nil
}

// floats adds the numbers of a repeated field of floats, packed or not.
func (f field) floats(list []float32) ([]float32, error) {
	if f.bytes == nil {
		return append(list, math.Float32frombits(uint32(f.value))), nil
	}
	if len(f.bytes)%4 != 0 {
		return nil, errCut
	}
	for data := f.bytes; len(data) > 0; data = data[4:] {
		list = append(list, math.Float32frombits(binary.LittleEndian.Uint32(data)))
	}
	return list, nil
}
