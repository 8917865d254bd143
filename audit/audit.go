// Package audit measures what a trained prism does: how well it reconstructs,
// how likely it finds held-out images, how much of the collection is left in a
// code, how often the true counterpart of an image is found, and which
// attributes a collection's samples have.
//
// Every measurement is a pure function of arrays. It returns an [Estimate], a
// value with its 95% confidence interval, and takes its random numbers from a
// generator that the caller seeds: the same arrays and the same seed give the
// same bits, whatever the number of workers.
//
// # Conventions
//
// Codes, latents and features are a [Matrix] of one row per image. Images are
// an [Images] value: float32 in [-1, 1], in NHWC order. Classes (collections,
// label values) are numbered from 0; in label columns a negative number means
// that the label is missing. Units are numbers that tie rows together: rows of
// one unit (an image pair, one person, one site) never sit on both sides of a
// split, and count as one observation where an interval is computed; see
// [Units].
//
// A probe that certifies independence must be trained and evaluated on images
// that the measured model has never seen. The functions here cross-validate
// within the rows they are given; which rows those are is the caller's duty.
package audit

import "fmt"

// Matrix is a dense matrix in row-major order: the value in row r and column c
// is Data[r*Cols+c].
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
func (m Matrix) rows(from, to int) Matrix {
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

// check reports a matrix whose shape does not fit its data, or which holds a
// value that is not finite. name says which argument it is.
func (m Matrix) check(name string) error {
	if m.Rows <= 0 || m.Cols <= 0 || len(m.Data) != m.Rows*m.Cols {
		return fmt.Errorf("audit: %s: shape %dx%d does not fit %d values", name, m.Rows, m.Cols, len(m.Data))
	}
	for i, x := range m.Data {
		if x-x != 0 {
			return fmt.Errorf("audit: %s: row %d, column %d is %v; finite values are needed", name, i/m.Cols, i%m.Cols, x)
		}
	}
	return nil
}

// Images is a batch of N images of H by W pixels and C channels in NHWC order,
// with values in [-1, 1].
type Images struct {
	N, H, W, C int
	Data       []float32
}

// Image returns the pixels of image i.
func (m Images) Image(i int) []float32 {
	size := m.H * m.W * m.C
	return m.Data[i*size : (i+1)*size : (i+1)*size]
}

func (m Images) check(name string) error {
	if m.N <= 0 || m.H <= 0 || m.W <= 0 || m.C <= 0 || len(m.Data) != m.N*m.H*m.W*m.C {
		return fmt.Errorf("audit: %s: shape %dx%dx%dx%d does not fit %d values", name, m.N, m.H, m.W, m.C, len(m.Data))
	}
	return nil
}

// Units joins rows that share any key: keys holds one or more columns (such as
// pair and group) of one value a row, and rows with the same non-empty value
// in the same column get the same unit, transitively. Units are numbered from
// 0 in the order of their first row. A row with no key is a unit of its own.
func Units(rows int, keys ...[]string) ([]int, error) {
	parent := make([]int, rows)
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for k, column := range keys {
		if column == nil {
			continue
		}
		if len(column) != rows {
			return nil, fmt.Errorf("audit: key column %d has %d values for %d rows", k, len(column), rows)
		}
		first := make(map[string]int)
		for i, key := range column {
			if key == "" {
				continue
			}
			if j, seen := first[key]; seen {
				a, b := root(j), root(i)
				parent[max(a, b)] = min(a, b)
			} else {
				first[key] = i
			}
		}
	}
	units := make([]int, rows)
	number := make(map[int]int)
	for i := range units {
		r := root(i)
		if _, seen := number[r]; !seen {
			number[r] = len(number)
		}
		units[i] = number[r]
	}
	return units, nil
}

// checkClasses verifies one class in [0, classes) for each of rows rows.
func checkClasses(name string, class []int, rows, classes int) error {
	if len(class) != rows {
		return fmt.Errorf("audit: %s: %d classes for %d rows", name, len(class), rows)
	}
	for i, c := range class {
		if c < 0 || c >= classes {
			return fmt.Errorf("audit: %s: row %d has class %d, want 0 to %d", name, i, c, classes-1)
		}
	}
	return nil
}
