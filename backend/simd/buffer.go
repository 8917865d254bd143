package simd

import (
	"fmt"
	"math/bits"
	"reflect"
	"sync"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dataprism/dataprism/backend/simd/internal/memory"
)

// memoryBlock is a piece of memory that starts on a cache line.
type memoryBlock struct {
	start unsafe.Pointer
	size  int
	class int
}

// memoryPool keeps blocks that are not in use, by size class, for the outputs of the next execution. Blocks that stay
// unused are left to the garbage collector.
type memoryPool struct {
	classes [4 * 64]sync.Pool
}

// sizeClass returns the class of a size and the size that its blocks have: a quarter power of two, so that at most a
// quarter of a block is wasted.
func sizeClass(size int) (class, rounded int) {
	if size <= 256 {
		return 0, 256
	}
	shift := bits.Len(uint(size-1)) - 3
	quarters := (size-1)>>shift + 1 // 5 to 8
	return 4*shift + quarters - 5, quarters << shift
}

// get returns a block of at least size bytes with undefined contents.
func (p *memoryPool) get(size int) *memoryBlock {
	class, rounded := sizeClass(size)
	if block, ok := p.classes[class].Get().(*memoryBlock); ok {
		return block
	}
	return newMemoryBlock(rounded, class)
}

// put gives a block back.
func (p *memoryPool) put(block *memoryBlock) { p.classes[block.class].Put(block) }

func newMemoryBlock(size, class int) *memoryBlock {
	return &memoryBlock{start: memory.Lines(size), size: size, class: class}
}

// Buffer implements [compute.Buffer]: a tensor in main memory, row-major, starting on a cache line.
type Buffer struct {
	backend *Backend
	shape   shapes.Shape
	block   *memoryBlock // nil once finalized or donated
}

var _ compute.Buffer = (*Buffer)(nil)

// byteSize returns the number of bytes of a tensor; types of less than a byte are packed.
func byteSize(shape shapes.Shape) int { return shape.DType.SizeForDimensions(shape.Dimensions...) }

func (b *Backend) newBuffer(shape shapes.Shape) *Buffer {
	return &Buffer{backend: b, shape: shape, block: b.memory.get(byteSize(shape))}
}

// flatAt returns the memory of a tensor as a slice of its Go type.
func flatAt(start unsafe.Pointer, shape shapes.Shape) any {
	if shape.Size() == 0 {
		return dtypes.MakeAnySlice(shape.DType, 0)
	}
	return dtypes.UnsafeAnySliceFromBytes(start, shape.DType, shape.Size())
}

func (b *Backend) checkNewBuffer(device compute.DeviceNum, shape shapes.Shape) error {
	if b.IsFinalized() {
		return fmt.Errorf("simd: the backend is finalized: no buffer of shape %s can be made", shape)
	}
	if device != 0 {
		return fmt.Errorf("simd: buffer on device %d: there is only device 0", device)
	}
	return nil
}

// BufferFromFlatData returns a buffer with a copy of flat, which must be a slice of the Go type of the shape and of
// its size.
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	if err := b.checkNewBuffer(device, shape); err != nil {
		return nil, err
	}
	flatType := reflect.TypeOf(flat)
	if flatType == nil || flatType.Kind() != reflect.Slice {
		return nil, fmt.Errorf("simd: buffer of shape %s from %T: want a slice", shape, flat)
	}
	if given := dtypes.FromGoType(flatType.Elem()); !shape.DType.IsPacked() && given != shape.DType {
		return nil, fmt.Errorf("simd: buffer of shape %s from a slice of %s", shape, given)
	}
	buffer := b.newBuffer(shape.Clone())
	dtypes.CopyAnySlice(flatAt(buffer.block.start, shape), flat)
	return buffer, nil
}

// HasSharedBuffers returns true: buffers are main memory.
func (b *Backend) HasSharedBuffers() bool { return true }

// NewSharedBuffer returns a buffer and its memory as a slice of its Go type, which the caller may read and write
// while no execution uses the buffer. Its contents are undefined. An execution that the buffer is donated to may
// return the same memory as an output.
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	if err := b.checkNewBuffer(device, shape); err != nil {
		return nil, nil, err
	}
	buffer := b.newBuffer(shape.Clone())
	return buffer, flatAt(buffer.block.start, shape), nil
}

// Backend returns the backend of the buffer.
func (b *Buffer) Backend() compute.Backend { return b.backend }

// Finalize gives the memory of the buffer back. The buffer and slices of its memory must not be used after it. A
// second call, and one after a donation, does nothing.
func (b *Buffer) Finalize() error {
	if b == nil {
		return fmt.Errorf("simd: Finalize of a nil buffer")
	}
	if b.block != nil {
		b.backend.memory.put(b.block)
		b.block = nil
	}
	return nil
}

// Shape returns the shape of the buffer.
func (b *Buffer) Shape() (shapes.Shape, error) { return b.shape, nil }

// DeviceNum returns 0.
func (b *Buffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }

// ToFlatData copies the buffer to flat, a slice of the Go type of its shape and of its size.
func (b *Buffer) ToFlatData(flat any) error {
	own, err := b.Data()
	if err != nil {
		return err
	}
	if reflect.TypeOf(flat) != reflect.TypeOf(own) || reflect.ValueOf(flat).Len() != reflect.ValueOf(own).Len() {
		return fmt.Errorf("simd: copy of a buffer of shape %s to %T: want a %T of its length", b.shape, flat, own)
	}
	dtypes.CopyAnySlice(flat, own)
	return nil
}

// Data returns the memory of the buffer as a slice of its Go type.
func (b *Buffer) Data() (any, error) {
	if b.block == nil {
		return nil, fmt.Errorf("simd: the buffer of shape %s is finalized or was donated", b.shape)
	}
	return flatAt(b.block.start, b.shape), nil
}

// CopyToDevice returns an error: there is one device.
func (b *Buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	return nil, fmt.Errorf("simd: copy of a buffer to device %d: there is only device 0", device)
}
