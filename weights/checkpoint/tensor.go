package checkpoint

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/dataprism/dataprism/weights"
)

// dtypes maps the classes of storages in module torch to element types.
var dtypes = map[string]weights.DType{
	"BoolStorage": weights.BOOL, "ByteStorage": weights.U8, "CharStorage": weights.I8,
	"ShortStorage": weights.I16, "IntStorage": weights.I32, "LongStorage": weights.I64,
	"HalfStorage": weights.F16, "BFloat16Storage": weights.BF16,
	"FloatStorage": weights.F32, "DoubleStorage": weights.F64,
}

// storageReader reads the bytes of storages, which lie outside the pickle.
type storageReader interface {
	// read returns size bytes, all there are under this key. It returns an error before it allocates more than the
	// file holds.
	read(key string, size int64) ([]byte, error)
}

type storageData struct {
	dtype weights.DType
	bytes []byte
}

// tensorLoader makes tensors of views, reading each storage once.
type tensorLoader struct {
	storages storageReader
	loaded   map[string]storageData
	stored   int64 // bytes of storages read
	copied   int64 // bytes of tensors that could not share their storage's
}

// load makes the tensor that a view describes. One that lies contiguously in its storage shares its bytes.
func (l *tensorLoader) load(name string, v *tensorView) (weights.Tensor, error) {
	t := weights.Tensor{Name: name}
	fail := func(format string, args ...any) (weights.Tensor, error) {
		return weights.Tensor{}, &weights.FormatError{Tensor: name, Problem: fmt.Sprintf(format, args...)}
	}
	data, err := l.storage(v.storage)
	if err != nil {
		return fail("%v", err)
	}
	t.DType = data.dtype
	t.Shape = make([]int, len(v.shape))
	for i, axis := range v.shape {
		t.Shape[i] = int(axis)
	}
	count, last, ok := v.extent()
	switch {
	case !ok, count > v.storage.count:
		return fail("a view of shape %v has more elements than its storage, which has %d", v.shape, v.storage.count)
	case count > 0 && last >= v.storage.count:
		return fail("elements up to %d from %d of a storage of %d", last, v.offset, v.storage.count)
	}
	size := int64(t.DType.Size())
	if count == 0 {
		return t, nil
	}
	if v.contiguous() {
		begin, end := v.offset*size, (v.offset+count)*size
		t.Data = data.bytes[begin:end:end]
		return t, nil
	}
	// Each storage may be copied a few times, by transposed or tied weights.
	const maxCopies = 8
	if l.copied += count * size; l.copied > maxCopies*max(l.stored, 1<<20) {
		return fail("the tensors up to this one are over %d times as large as their storages", maxCopies)
	}
	t.Data = v.gather(data.bytes, count*size, size)
	return t, nil
}

// storage reads a storage, or returns it when it was read before.
func (l *tensorLoader) storage(s *storage) (storageData, error) {
	dtype, ok := dtypes[s.kind.name]
	if !ok || s.kind.module != "torch" {
		return storageData{}, fmt.Errorf("elements of %.50q are not supported", s.kind)
	}
	if data, ok := l.loaded[s.key]; ok {
		if data.dtype != dtype || int64(len(data.bytes)) != s.count*int64(dtype.Size()) {
			return data, fmt.Errorf("storage %.20q is described in two ways", s.key)
		}
		return data, nil
	}
	if s.count > math.MaxInt/int64(dtype.Size()) {
		return storageData{}, fmt.Errorf("storage %.20q has %d elements", s.key, s.count)
	}
	bytes, err := l.storages.read(s.key, s.count*int64(dtype.Size()))
	if err != nil {
		return storageData{}, err
	}
	data := storageData{dtype, bytes}
	l.loaded[s.key] = data
	l.stored += int64(len(bytes))
	return data, nil
}

// extent returns the number of elements of a view and the position of its last in the storage, and false when either
// exceeds an int64.
func (v *tensorView) extent() (count, last int64, ok bool) {
	position, elements := uint64(v.offset), uint64(1)
	for i, axis := range v.shape {
		if axis == 0 {
			return 0, 0, true
		}
		high, low := bits.Mul64(elements, uint64(axis))
		stepHigh, step := bits.Mul64(uint64(axis-1), uint64(v.stride[i]))
		sum, carry := bits.Add64(position, step, 0)
		if high != 0 || stepHigh != 0 || carry != 0 || low > math.MaxInt64 || sum > math.MaxInt64 {
			return 0, 0, false
		}
		elements, position = low, sum
	}
	return int64(elements), int64(position), true
}

// contiguous reports whether the elements lie in row-major order without gaps.
func (v *tensorView) contiguous() bool {
	expected := int64(1)
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] != 1 && v.stride[i] != expected {
			return false
		}
		expected *= v.shape[i]
	}
	return true
}

// gather copies the elements of a view in row-major order. The view is not empty and lies within data, which load has
// checked.
func (v *tensorView) gather(data []byte, total, size int64) []byte {
	gathered := make([]byte, 0, total)
	index := make([]int64, len(v.shape))
	position := v.offset
	for {
		gathered = append(gathered, data[position*size:(position+1)*size]...)
		axis := len(index) - 1
		for ; axis >= 0; axis-- {
			index[axis]++
			position += v.stride[axis]
			if index[axis] < v.shape[axis] {
				break
			}
			position -= v.stride[axis] * v.shape[axis]
			index[axis] = 0
		}
		if axis < 0 {
			return gathered
		}
	}
}
