package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
)

// Tensor is a named array. Data holds the elements in row-major order, little-endian; a shape without axes is one
// element.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte

	source func(w io.Writer) error // of data that are not held; see [PutFrom]
}

// New returns a tensor with a copy of values, in row-major order. It is an error when their number is not the product
// of shape.
func New[T Element](name string, shape []int, values []T) (Tensor, error) {
	count, err := elementCount(shape)
	if err == nil && count != len(values) {
		err = fmt.Errorf("shape %v has %d elements, %d values are given", shape, count, len(values))
	}
	if err != nil {
		return Tensor{}, &FormatError{Tensor: name, Problem: err.Error()}
	}
	dtype := dtypeOf[T]()
	data := make([]byte, len(values)*dtype.Size())
	if _, err := binary.Encode(data, binary.LittleEndian, values); err != nil {
		return Tensor{}, &FormatError{Tensor: name, Problem: err.Error()}
	}
	return Tensor{Name: name, DType: dtype, Shape: slices.Clone(shape), Data: data}, nil
}

// Len returns the number of elements.
func (t Tensor) Len() int {
	if size := t.DType.Size(); size > 0 {
		return len(t.Data) / size
	}
	return 0
}

// Float32s returns a copy of the elements as float32. Half precision (F16, BF16) is widened exactly; F64 and integers
// are rounded to the nearest float32; true is 1. It is an error when type, shape and data do not agree.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	return t.DType.appendFloat32s(make([]float32, 0, t.Len()), t.Data), nil
}

// ReadFloat32s is [Tensor.Float32s] into values, which must have as many elements as the tensor.
func (t Tensor) ReadFloat32s(values []float32) error {
	if err := t.validate(); err != nil {
		return err
	}
	if len(values) != t.Len() {
		return t.errorf("holds %d elements, not %d", t.Len(), len(values))
	}
	t.DType.appendFloat32s(values[:0], t.Data)
	return nil
}

// Int64s returns a copy of the elements of an integer or boolean tensor. It is an error when the tensor holds
// floating-point numbers or a value that an int64 cannot hold.
func (t Tensor) Int64s() ([]int64, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	values, ok := t.DType.appendInt64s(make([]int64, 0, t.Len()), t.Data)
	if !ok {
		return nil, t.errorf("%v values are not all 64-bit integers", t.DType)
	}
	return values, nil
}

// Values returns a copy of the elements of a tensor of exactly the type that stores T, and an error for any other.
func Values[T Element](t Tensor) ([]T, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	if want := dtypeOf[T](); t.DType != want {
		return nil, t.errorf("holds %v, not %v", t.DType, want)
	}
	values := make([]T, t.Len())
	if _, err := binary.Decode(t.Data, binary.LittleEndian, values); err != nil {
		return nil, t.errorf("%v", err)
	}
	return values, nil
}

// HasShape reports whether the axes are exactly these.
func (t Tensor) HasShape(shape ...int) bool { return slices.Equal(t.Shape, shape) }

// size is the number of bytes of the data.
func (t Tensor) size() int {
	if t.source == nil {
		return len(t.Data)
	}
	n, _ := byteCount(t.DType, t.Shape) // which was right when the tensor was added
	return n
}

// writeTo writes the data.
func (t Tensor) writeTo(w io.Writer) error {
	if t.source == nil {
		_, err := w.Write(t.Data)
		return err
	}
	counted := &counter{w: w}
	if err := t.source(counted); err != nil {
		return err
	}
	if want := t.size(); counted.n != want {
		return t.errorf("%v of shape %v takes %d bytes, its source gave %d", t.DType, t.Shape, want, counted.n)
	}
	return nil
}

// counter counts the bytes that go to w.
type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// validate checks that type, shape and data agree.
func (t Tensor) validate() error {
	if !t.DType.valid() {
		return t.errorf("unknown type %v", t.DType)
	}
	want, err := byteCount(t.DType, t.Shape)
	if err != nil {
		return t.errorf("%v", err)
	}
	if want != len(t.Data) {
		return t.errorf("%v of shape %v takes %d bytes, not %d", t.DType, t.Shape, want, len(t.Data))
	}
	return nil
}

func (t Tensor) errorf(format string, args ...any) error {
	return &FormatError{Tensor: t.Name, Problem: fmt.Sprintf(format, args...)}
}

// elementCount multiplies the axes of a shape, guarding against negative axes and overflow.
func elementCount(shape []int) (int, error) {
	count := uint64(1)
	for _, axis := range shape {
		if axis < 0 {
			return 0, fmt.Errorf("shape %v has a negative axis", shape)
		}
		high, low := bits.Mul64(count, uint64(axis))
		if high != 0 || low > math.MaxInt {
			return 0, fmt.Errorf("shape %v has too many elements", shape)
		}
		count = low
	}
	return int(count), nil
}

// byteCount is elementCount times the element's size, with the same guards.
func byteCount(dtype DType, shape []int) (int, error) {
	count, err := elementCount(shape)
	if err != nil {
		return 0, err
	}
	if count > math.MaxInt/dtype.Size() {
		return 0, fmt.Errorf("shape %v has too many elements", shape)
	}
	return count * dtype.Size(), nil
}
