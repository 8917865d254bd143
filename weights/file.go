package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// File is a list of tensors with distinct names, and metadata. The zero value is an empty file, ready to use.
type File struct {
	// Metadata is free text by key.
	Metadata map[string]string

	path     string
	verified bool
	tensors  []Tensor
	index    map[string]int
}

// Add appends a tensor; its data is not copied. It is an error when the name is empty, reserved, not UTF-8 or taken,
// or when type, shape and data disagree.
func (f *File) Add(t Tensor) error {
	switch {
	case t.Name == "":
		return t.errorf("a tensor needs a name")
	case t.Name == metadataKey:
		return t.errorf("this name is reserved by the format")
	case !utf8.ValidString(t.Name):
		return t.errorf("the name is not valid UTF-8")
	}
	if _, taken := f.index[t.Name]; taken {
		return t.errorf("the name is used twice")
	}
	if t.source == nil {
		if err := t.validate(); err != nil {
			return err
		}
	} else if _, err := byteCount(t.DType, t.Shape); err != nil {
		return t.errorf("%v", err)
	}
	if f.index == nil {
		f.index = map[string]int{}
	}
	f.index[t.Name] = len(f.tensors)
	f.tensors = append(f.tensors, t)
	return nil
}

// Put is [New] followed by [File.Add].
func Put[T Element](f *File, name string, shape []int, values []T) error {
	t, err := New(name, shape, values)
	if err != nil {
		return err
	}
	return f.Add(t)
}

// PutFrom adds a tensor of float32 values whose data are not held: source writes them, in row-major order, when the
// file is written. It is asked twice, for the checksum first, and must give the same values both times. write takes
// any number of values at a time.
func (f *File) PutFrom(name string, shape []int, source func(write func(values []float32) error) error) error {
	return f.Add(Tensor{Name: name, DType: F32, Shape: slices.Clone(shape), source: func(w io.Writer) error {
		var buffer [1 << 14]byte
		return source(func(values []float32) error {
			for part := range slices.Chunk(values, len(buffer)/4) {
				n, err := binary.Encode(buffer[:], binary.LittleEndian, part)
				if err == nil {
					_, err = w.Write(buffer[:n])
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}})
}

// Tensors returns the tensors in the order they were added, or, for a file that was read, in the order of their data.
func (f *File) Tensors() []Tensor { return slices.Clip(f.tensors) }

// Names returns the names of the first n tensors, or of all where there are no more: for messages that say what a file holds.
func (f *File) Names(n int) []string {
	var names []string
	for _, t := range f.tensors[:min(n, len(f.tensors))] {
		names = append(names, t.Name)
	}
	return names
}

// Lookup returns the tensor of this name and whether there is one.
func (f *File) Lookup(name string) (Tensor, bool) {
	i, ok := f.index[name]
	if !ok {
		return Tensor{}, false
	}
	return f.tensors[i], true
}

// Tensor returns the tensor of this name, or an error that names the file and the tensor.
func (f *File) Tensor(name string) (Tensor, error) {
	t, ok := f.Lookup(name)
	if !ok {
		return t, f.locate(&FormatError{Tensor: name, Problem: "is missing"})
	}
	return t, nil
}

// Float32s returns the elements of the tensor of this name, converted as [Tensor.Float32s] does, and an error when it
// is missing or its axes are not exactly these.
func (f *File) Float32s(name string, shape ...int) ([]float32, error) {
	t, err := f.Tensor(name)
	if err != nil {
		return nil, err
	}
	if !t.HasShape(shape...) {
		return nil, f.locate(t.errorf("has shape %v, expected %v", t.Shape, shape))
	}
	values, err := t.Float32s()
	return values, f.locate(err)
}

// Verified reports whether the file was read and carried a checksum, which matched. A file written by another tool
// usually carries none.
func (f *File) Verified() bool { return f.verified }

// locate puts the path of the file that was read, if any, before an error.
func (f *File) locate(err error) error {
	if err == nil || f.path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

// FormatError says what is wrong with a file or with one of its tensors.
type FormatError struct {
	Tensor  string // the tensor's name; empty when the file as a whole is wrong
	Problem string
}

func (e *FormatError) Error() string {
	if e.Tensor == "" {
		return e.Problem
	}
	return fmt.Sprintf("tensor %q: %s", e.Tensor, e.Problem)
}
