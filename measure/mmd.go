package measure

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// Kernel is a positive definite function of two rows by their inner product and their squared lengths.
type Kernel func(inner, squaredA, squaredB float64) float64

// Polynomial is the kernel (x·y/d + 1)³ of the kernel Inception distance, for rows of d values (Bińkowski et al.,
// "Demystifying MMD GANs", ICLR 2018, section 4).
func Polynomial(d int) Kernel {
	return func(inner, _, _ float64) float64 {
		k := inner/float64(d) + 1
		return k * k * k
	}
}

// Gaussian is the kernel exp(-|x-y|² / 2s²).
func Gaussian(s float64) Kernel {
	return func(inner, squaredA, squaredB float64) float64 {
		return math.Exp(-max(0, squaredA+squaredB-2*inner) / (2 * s * s))
	}
}

// MMD is the squared maximum mean discrepancy of two samples, unbiased (Gretton et al., "A Kernel Two-Sample Test",
// JMLR 2012, equation 3): the mean kernel of two rows of x, plus that of two rows of y, minus twice that of a row of
// each. Two rows of one unit never meet, since they would make it biased; units of x and y are numbered alike, and
// may be nil.
//
// The interval is that of the jackknife that leaves out each unit in turn (Efron and Stein 1981), which counts the
// U-statistic's second-order part too, a little more than it is worth. Near 0, where that is all there is, it is no
// test: that is [MMDTest].
func MMD(ctx context.Context, x, y Matrix, kernel Kernel, unitsX, unitsY []int, run Compute) (Estimate, error) {
	if err := checkSamples("the discrepancy", x, y, unitsX, unitsY); err != nil {
		return Estimate{}, err
	}
	ux, uy := numbered(unitsX, unitsY, x.Rows, y.Rows)
	xx, err := kernelSums(ctx, x, x, ux, ux, kernel, run)
	if err != nil {
		return Estimate{}, err
	}
	yy, err := kernelSums(ctx, y, y, uy, uy, kernel, run)
	if err != nil {
		return Estimate{}, err
	}
	xy, err := kernelSums(ctx, x, y, ux, uy, kernel, run)
	if err != nil {
		return Estimate{}, err
	}
	value := xx.whole.mean() + yy.whole.mean() - 2*xy.whole.mean()
	square, units := 0.0, 0
	for _, rows := range RowsOfUnits(append(slices.Clone(ux), uy...), x.Rows+y.Rows) {
		lessX, lessY, lessXY := xx.whole, yy.whole, xy.whole
		for _, r := range rows {
			if r < x.Rows {
				lessX, lessXY = lessX.less(xx.rows[r], 2), lessXY.less(xy.rows[r], 1)
			} else {
				lessY, lessXY = lessY.less(yy.rows[r-x.Rows], 2), lessXY.less(xy.columns[r-x.Rows], 1)
			}
		}
		if lessX.n <= 0 || lessY.n <= 0 || lessXY.n <= 0 {
			return Estimate{}, &InsufficientError{"a discrepancy with an interval", 2, 3, "units of each sample"}
		}
		d := lessX.mean() + lessY.mean() - 2*lessXY.mean() - value
		square += d * d
		units++
	}
	half := student(units-1) * math.Sqrt(square*float64(units-1)/float64(units))
	return Estimate{value, value - half, value + half, x.Rows + y.Rows}, nil
}

// KID is the kernel Inception distance of two sets of features: [MMD] with the [Polynomial] kernel. It is unbiased at
// any number of rows, and may lie below 0.
func KID(ctx context.Context, x, y Matrix, unitsX, unitsY []int, run Compute) (Estimate, error) {
	return MMD(ctx, x, y, Polynomial(x.Cols), unitsX, unitsY, run)
}

func checkSamples(what string, x, y Matrix, unitsX, unitsY []int) error {
	if err := x.Check("the first sample"); err != nil {
		return err
	}
	if err := y.Check("the second sample"); err != nil {
		return err
	}
	if x.Cols != y.Cols {
		return fmt.Errorf("%s of rows of %d and of %d values", what, x.Cols, y.Cols)
	}
	if n := min(x.Rows, y.Rows); n < 2 {
		return &InsufficientError{what, n, 2, "rows of each sample"}
	}
	if err := checkUnits(what, unitsX, x.Rows); err != nil {
		return err
	}
	return checkUnits(what, unitsY, y.Rows)
}

// numbered are the units of the rows of two samples, those that have none each one of its own.
func numbered(unitsX, unitsY []int, n, m int) (x, y []int) {
	next := 0
	for _, units := range [][]int{unitsX, unitsY} {
		for _, u := range units {
			next = max(next, u+1)
		}
	}
	fill := func(units []int, rows int) []int {
		if units != nil {
			return units
		}
		own := make([]int, rows)
		for i := range own {
			own[i] = next
			next++
		}
		return own
	}
	return fill(unitsX, n), fill(unitsY, m)
}

// pairSum is a sum of the kernel over pairs of rows, and their number.
type pairSum struct{ sum, n float64 }

func (p pairSum) mean() float64 { return p.sum / p.n }

func (p pairSum) less(o pairSum, times float64) pairSum {
	return pairSum{p.sum - times*o.sum, p.n - times*o.n}
}

// kernelTable is the kernel of the rows of one sample with those of another that are of other units.
type kernelTable struct {
	whole         pairSum
	rows, columns []pairSum
}

func kernelSums(ctx context.Context, a, b Matrix, unitsA, unitsB []int, kernel Kernel, run Compute) (kernelTable, error) {
	out := kernelTable{rows: make([]pairSum, a.Rows), columns: make([]pairSum, b.Rows)}
	squaredA, squaredB := squaredNorms(a), squaredNorms(b)
	// Sums of columns are kept a block of rows, so that they do not depend on which block is done first.
	parts := make([][]pairSum, (a.Rows+blockRows-1)/blockRows)
	err := run.blocks(ctx, a, b, func(from int, inner Matrix) {
		columns := make([]pairSum, b.Rows)
		for i := range inner.Rows {
			r := from + i
			for j, v := range inner.Row(i) {
				if unitsA[r] != unitsB[j] {
					k := kernel(float64(v), float64(squaredA[r]), float64(squaredB[j]))
					out.rows[r].sum += k
					out.rows[r].n++
					columns[j].sum += k
					columns[j].n++
				}
			}
		}
		parts[from/blockRows] = columns
	})
	if err != nil {
		return out, err
	}
	for _, columns := range parts {
		for j, c := range columns {
			out.columns[j].sum += c.sum
			out.columns[j].n += c.n
		}
	}
	for _, r := range out.rows {
		out.whole.sum += r.sum
		out.whole.n += r.n
	}
	if out.whole.n == 0 {
		return out, &InsufficientError{"the discrepancy", 1, 2, "units"}
	}
	return out, nil
}

// TwoSample is a test of whether two samples are of one distribution.
type TwoSample struct {
	Statistic float64 `json:"statistic"`
	P         float64 `json:"p"` // of a statistic as large, were they of one distribution
	N         int     `json:"n"` // rows of both
}

// MMDTest tests whether x and y are of one distribution by the unbiased [MMD] with a Gaussian kernel whose width is
// the median distance of two rows, against its values when units change samples at random: p = (1 + those at least as
// large) / (1 + permutations). It takes memory for all pairs of rows: choose some thousands at most.
func MMDTest(ctx context.Context, x, y Matrix, unitsX, unitsY []int, permutations int, rng *rand.Rand, run Compute) (TwoSample, error) {
	if err := checkSamples("a two-sample test", x, y, unitsX, unitsY); err != nil {
		return TwoSample{}, err
	}
	ux, uy := numbered(unitsX, unitsY, x.Rows, y.Rows)
	n := x.Rows + y.Rows
	all := Matrix{Rows: n, Cols: x.Cols, Data: append(slices.Clone(x.Data), y.Data...)}
	all = minus(all, columnMeans(all))
	units := append(slices.Clone(ux), uy...)
	class := make([]int, n)
	for i := x.Rows; i < n; i++ {
		class[i] = 1
	}
	gram, err := gramMatrix(ctx, all, units, run)
	if err != nil {
		return TwoSample{}, err
	}
	indicator := NewMatrix(permutations+1, n)
	for p := range permutations + 1 {
		of := class
		if p > 0 {
			of = PermuteClasses(class, units, rng)
		}
		for i, c := range of {
			if c == 0 {
				indicator.Row(p)[i] = 1
			}
		}
	}
	statistics, err := discrepancies(ctx, gram, indicator, units, run)
	if err != nil {
		return TwoSample{}, err
	}
	larger := 1
	for _, s := range statistics[1:] {
		if s >= statistics[0] {
			larger++
		}
	}
	return TwoSample{statistics[0], float64(larger) / float64(permutations+1), n}, nil
}

// gramMatrix is the Gaussian kernel of all pairs of rows, 0 for two rows of one unit.
func gramMatrix(ctx context.Context, x Matrix, units []int, run Compute) (Matrix, error) {
	gram := NewMatrix(x.Rows, x.Rows)
	squared := squaredNorms(x)
	var lock sync.Mutex
	var some []float64 // squared distances
	err := run.blocks(ctx, x, x, func(from int, inner Matrix) {
		var here []float64
		for i := range inner.Rows {
			row := gram.Row(from + i)
			for j, v := range inner.Row(i) {
				row[j] = max(0, squared[from+i]+squared[j]-2*v)
				if j%7 == i%7 && units[from+i] != units[j] {
					here = append(here, float64(row[j]))
				}
			}
		}
		lock.Lock()
		some = append(some, here...)
		lock.Unlock()
	})
	if err != nil {
		return gram, err
	}
	median, err := Quantile(some, 0.5)
	if err != nil {
		return gram, &InsufficientError{"a two-sample test", 1, 2, "units"}
	}
	for i := range gram.Rows {
		for j, squared := range gram.Row(i) {
			switch {
			case units[i] == units[j]:
				gram.Row(i)[j] = 0
			case median > 0:
				gram.Row(i)[j] = float32(math.Exp(-float64(squared) / (2 * median)))
			default:
				gram.Row(i)[j] = 1
			}
		}
	}
	return gram, nil
}

// discrepancies are the unbiased discrepancies of the rows that each row of indicator marks with 1 and those that it
// marks with 0.
func discrepancies(ctx context.Context, gram, indicator Matrix, units []int, run Compute) ([]float64, error) {
	n := gram.Rows
	sums, total := make([]float64, n), 0.0
	for i := range sums {
		for _, v := range gram.Row(i) {
			sums[i] += float64(v)
		}
		total += sums[i]
	}
	members := RowsOfUnits(units, n)
	out := make([]float64, indicator.Rows)
	err := run.blocks(ctx, indicator, gram, func(from int, inner Matrix) {
		for p := range inner.Rows {
			a := indicator.Row(from + p)
			var within, across, size float64 // sums of the kernel over marked pairs, and over marked rows with any other
			for i, marked := range a {
				if marked == 1 {
					within += float64(inner.Row(p)[i])
					across += sums[i]
					size++
				}
			}
			rest := float64(n) - size
			pairsA, pairsB, pairsAB := size*size, rest*rest, size*rest
			for _, rows := range members {
				inA := 0.0
				for _, i := range rows {
					inA += float64(a[i])
				}
				inB := float64(len(rows)) - inA
				pairsA, pairsB, pairsAB = pairsA-inA*inA, pairsB-inB*inB, pairsAB-inA*inB
			}
			ab := across - within
			bb := total - 2*across + within
			out[from+p] = ratio(within, pairsA) + ratio(bb, pairsB) - 2*ratio(ab, pairsAB)
		}
	})
	return out, err
}

func ratio(sum, count float64) float64 {
	if count == 0 {
		return 0
	}
	return sum / count
}
