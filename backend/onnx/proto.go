package onnx

import (
	"encoding/binary"
	"io"
	"math"
)

// message is a protocol buffers message under construction: fields in the order they were added. Its parts
// are not copied, so that weights are in memory once.
type message struct {
	parts [][]byte
	size  int
}

// The wire types of protocol buffers.
const (
	wireVarint = 0
	wireBytes  = 2
	wireFixed4 = 5
)

func (m *message) write(part []byte) {
	m.parts = append(m.parts, part)
	m.size += len(part)
}

func (m *message) tag(field, wire int) {
	m.write(binary.AppendUvarint(nil, uint64(field<<3|wire)))
}

// integer adds a number of type int64 or of an enumeration.
func (m *message) integer(field int, value int64) {
	m.tag(field, wireVarint)
	m.write(binary.AppendUvarint(nil, uint64(value)))
}

// float adds a number of type float.
func (m *message) float(field int, value float32) {
	m.tag(field, wireFixed4)
	m.write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(value)))
}

func (m *message) bytes(field int, value []byte) {
	m.tag(field, wireBytes)
	m.write(binary.AppendUvarint(nil, uint64(len(value))))
	m.write(value)
}

func (m *message) text(field int, value string) { m.bytes(field, []byte(value)) }

// message adds a message as a field of this one.
func (m *message) message(field int, inner *message) {
	m.tag(field, wireBytes)
	m.write(binary.AppendUvarint(nil, uint64(inner.size)))
	m.parts = append(m.parts, inner.parts...)
	m.size += inner.size
}

func (m *message) writeTo(w io.Writer) error {
	for _, part := range m.parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
