// Package measure holds the statistics of dataprism: how well images are reconstructed, how likely codes are, how
// well a classifier does, how often the true counterpart of an image is found, how common an attribute is.
//
// Every measurement is a pure function of arrays. It returns an [Estimate], a value with its 95% confidence interval,
// and takes its random numbers from a generator that the caller seeds: the same arrays and the same seed give the
// same bits, whatever the number of workers.
//
// # Conventions
//
// Codes, latents and features are a [Matrix] of one row per image. Images are an [Images] value: float32 in [-1, 1],
// in NHWC order. Classes (collections, label values) are numbered from 0; in label columns a negative number means
// that the label is missing. Units are numbers that tie rows together: rows of one unit (an image pair, one person,
// one site) never sit on both sides of a split, and count as dependent where an interval is computed; see [Units].
//
// Errors begin with the measurement that was asked for. A measurement that has too little to measure says so by
// [ErrEmpty].
package measure

import "fmt"

// Matrix is a dense matrix in row-major order: the value in row r and column c is Data[r*Cols+c].
type Matrix struct {
	Rows, Cols int
	Data       []float32
}

// NewMatrix returns a zero matrix of the given shape.
func NewMatrix(rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
}

// Row returns row r; writing to it writes to the matrix.
func (m Matrix) Row(r int) []float32 { return m.Data[r*m.Cols : (r+1)*m.Cols : (r+1)*m.Cols] }

// rows returns the rows from from to to-1, without a copy.
func (m Matrix) Slice(from, to int) Matrix {
	return Matrix{to - from, m.Cols, m.Data[from*m.Cols : to*m.Cols]}
}

// Select returns a copy of the given rows, in the order given.
func (m Matrix) Select(rows []int) Matrix {
	out := NewMatrix(len(rows), m.Cols)
	for i, r := range rows {
		copy(out.Row(i), m.Row(r))
	}
	return out
}

// check reports a matrix whose shape does not fit its data, or which holds a value that is not finite. name says
// which argument it is.
func (m Matrix) Check(name string) error {
	if m.Rows <= 0 || m.Cols <= 0 || len(m.Data) != m.Rows*m.Cols {
		return fmt.Errorf("%s: shape %dx%d does not fit %d values", name, m.Rows, m.Cols, len(m.Data))
	}
	for i, x := range m.Data {
		if x-x != 0 {
			return fmt.Errorf("%s: row %d, column %d is %v; finite values are needed", name, i/m.Cols, i%m.Cols, x)
		}
	}
	return nil
}

// Images is a batch of N images of H by W pixels and C channels in NHWC order, with values in [-1, 1].
type Images struct {
	N, H, W, C int
	Data       []float32
}

// Image returns the pixels of image i.
func (m Images) Image(i int) []float32 {
	size := m.H * m.W * m.C
	return m.Data[i*size : (i+1)*size : (i+1)*size]
}

// Matrix is the images as rows of pixels, without a copy.
func (m Images) Matrix() Matrix { return Matrix{m.N, m.H * m.W * m.C, m.Data} }

// Check reports images whose shape does not fit their data. name says which argument they are.
func (m Images) Check(name string) error {
	if m.N <= 0 || m.H <= 0 || m.W <= 0 || m.C <= 0 || len(m.Data) != m.N*m.H*m.W*m.C {
		return fmt.Errorf("%s: shape %dx%dx%dx%d does not fit %d values", name, m.N, m.H, m.W, m.C, len(m.Data))
	}
	return nil
}

// checkClasses verifies one class in [0, classes) for each of rows rows.
func CheckClasses(name string, class []int, rows, classes int) error {
	if len(class) != rows {
		return fmt.Errorf("%s: %d classes for %d rows", name, len(class), rows)
	}
	for i, c := range class {
		if c < 0 || c >= classes {
			return fmt.Errorf("%s: row %d has class %d, want 0 to %d", name, i, c, classes-1)
		}
	}
	return nil
}
