package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
)

// What follows reads models back, for tests: field by field, with no code of the writer.

// fields are the values of a message's fields, by their numbers: uint64 for integers and floats, []byte else.
type fields map[int][]any

func parse(data []byte) fields {
	m := fields{}
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		data = data[n:]
		field := int(tag >> 3)
		switch tag & 7 {
		case 0:
			v, n := binary.Uvarint(data)
			data = data[n:]
			m[field] = append(m[field], v)
		case 2:
			size, n := binary.Uvarint(data)
			m[field] = append(m[field], data[n:n+int(size)])
			data = data[n+int(size):]
		case 5:
			m[field] = append(m[field], uint64(binary.LittleEndian.Uint32(data)))
			data = data[4:]
		default:
			panic(fmt.Sprintf("wire type %d", tag&7))
		}
	}
	return m
}

func (f fields) messages(field int) []fields {
	var list []fields
	for _, v := range f[field] {
		list = append(list, parse(v.([]byte)))
	}
	return list
}

func (f fields) texts(field int) []string {
	var list []string
	for _, v := range f[field] {
		list = append(list, string(v.([]byte)))
	}
	return list
}

func (f fields) ints(field int) []int {
	var list []int
	for _, v := range f[field] {
		list = append(list, int(int64(v.(uint64))))
	}
	return list
}

// array is a tensor of any type as float64.
type array struct {
	dims   []int
	values []float64
}

// decodeTensor reads a constant.
func decodeTensor(f fields) (string, array) {
	a := array{dims: f.ints(1)}
	data := f[9][0].([]byte)
	le := binary.LittleEndian
	for len(data) > 0 {
		switch kind := f.ints(2)[0]; kind {
		case 1:
			a.values, data = append(a.values, float64(math.Float32frombits(le.Uint32(data)))), data[4:]
		case 6:
			a.values, data = append(a.values, float64(int32(le.Uint32(data)))), data[4:]
		case 7:
			a.values, data = append(a.values, float64(int64(le.Uint64(data)))), data[8:]
		case 9:
			a.values, data = append(a.values, float64(data[0])), data[1:]
		default:
			panic(fmt.Sprintf("element type %d", kind))
		}
	}
	return f.texts(8)[0], a
}
