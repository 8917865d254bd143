package measure

import (
	"context"
	"errors"
	"math"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Frechet is the Fréchet distance of two samples, each taken as a normal distribution.
type Frechet struct {
	// Distance is |m₁-m₂|² + tr(S₁ + S₂ - 2(S₁S₂)^½) of the samples' means and covariances (Heusel et al., "GANs
	// trained by a two time-scale update rule", NeurIPS 2017, equation 6), with the delete-a-group jackknife's
	// interval over units. It is too large at any finite number of rows.
	Distance Estimate `json:"distance"`
	// Bias is how much too large it is: the value less its extrapolation to endlessly many rows, which takes the
	// distance as linear in 1/n (Chong and Forsyth, "Effectively unbiased FID and Inception Score", CVPR 2020). It
	// has noise.
	Bias float64 `json:"bias"`
}

// Corrected is the distance less its bias, with the interval of the distance.
func (f Frechet) Corrected() Estimate {
	d := f.Distance
	return Estimate{d.Value - f.Bias, d.Low - f.Bias, d.High - f.Bias, d.N}
}

// moments2 are the sums from which a mean and a covariance follow.
type moments2 struct {
	n      float64
	sum    []float64
	square *mat.SymDense
}

func newMoments(d int) moments2 {
	return moments2{sum: make([]float64, d), square: mat.NewSymDense(d, nil)}
}

func momentsOfRows(x Matrix, rows []int, centre []float64) moments2 {
	m := newMoments(x.Cols)
	data := mat.NewDense(max(1, len(rows)), x.Cols, nil)
	for i, r := range rows {
		for j, v := range x.Row(r) {
			data.Set(i, j, float64(v)-centre[j])
			m.sum[j] += float64(v) - centre[j]
		}
	}
	m.n = float64(len(rows))
	m.square.SymOuterK(1, data.T())
	return m
}

// plus adds sign times the sums of o.
func (m moments2) plus(sign float64, o moments2) moments2 {
	out := newMoments(len(m.sum))
	out.n = m.n + sign*o.n
	for j := range out.sum {
		out.sum[j] = m.sum[j] + sign*o.sum[j]
	}
	var scaled mat.SymDense
	scaled.ScaleSym(sign, o.square)
	out.square.AddSym(m.square, &scaled)
	return out
}

// normal is the mean and the unbiased covariance.
func (m moments2) normal() (mean []float64, covariance *mat.SymDense) {
	mean = make([]float64, len(m.sum))
	for j, s := range m.sum {
		mean[j] = s / m.n
	}
	covariance = mat.NewSymDense(len(mean), nil)
	covariance.SymRankOne(m.square, -m.n, mat.NewVecDense(len(mean), mean))
	covariance.ScaleSym(1/(m.n-1), covariance)
	return mean, covariance
}

// frechetGroups is how many groups of units the jackknife leaves out in turn, and the extrapolation draws its parts
// from.
const frechetGroups = 20

// FrechetDistance compares the rows of two samples. It needs more units than groups of the jackknife, 20, in each. Of run it
// takes the number of workers.
func FrechetDistance(ctx context.Context, x, y Matrix, unitsX, unitsY []int, run Compute) (Frechet, error) {
	if err := checkSamples("a Fréchet distance", x, y, unitsX, unitsY); err != nil {
		return Frechet{}, err
	}
	x, y = spanned(x, y)
	centre := columnMeans(y)
	partsX, err := groupMoments(x, unitsX, centre, run)
	if err != nil {
		return Frechet{}, err
	}
	partsY, err := groupMoments(y, unitsY, centre, run)
	if err != nil {
		return Frechet{}, err
	}
	wholeX, wholeY := newMoments(x.Cols), newMoments(x.Cols)
	for g := range frechetGroups {
		wholeX, wholeY = wholeX.plus(1, partsX[g]), wholeY.plus(1, partsY[g])
	}
	rootX, err := rooted(wholeX.normal())
	if err != nil {
		return Frechet{}, err
	}
	rootY, err := rooted(wholeY.normal())
	if err != nil {
		return Frechet{}, err
	}
	value, err := rootX.distance(wholeY.normal())
	if err != nil {
		return Frechet{}, err
	}
	// The samples are drawn apart, so that their variances add up. The root of the one that stays whole is known.
	varianceX, err := jackknife(ctx, run, partsX, wholeX, func(less moments2) (float64, error) { return rootY.distance(less.normal()) })
	if err != nil {
		return Frechet{}, err
	}
	varianceY, err := jackknife(ctx, run, partsY, wholeY, func(less moments2) (float64, error) { return rootX.distance(less.normal()) })
	if err != nil {
		return Frechet{}, err
	}
	half := student(frechetGroups-1) * math.Sqrt(varianceX+varianceY)
	f := Frechet{Distance: Estimate{value, value - half, value + half, x.Rows + y.Rows}}
	f.Bias, err = frechetBias(ctx, value, partsX, partsY)
	return f, err
}

// spanned gives rows in an orthonormal basis of what they all span, where they are fewer than their columns. The distance
// of normal distributions is the same in any, and takes time by the cube of the columns.
func spanned(x, y Matrix) (Matrix, Matrix) {
	n := x.Rows + y.Rows
	if n >= x.Cols {
		return x, y
	}
	columns := mat.NewDense(x.Cols, n, nil)
	set := func(m Matrix, first int) {
		for i := range m.Rows {
			for j, v := range m.Row(i) {
				columns.Set(j, first+i, float64(v))
			}
		}
	}
	set(x, 0)
	set(y, x.Rows)
	var qr mat.QR
	qr.Factorize(columns)
	var r mat.Dense // whose columns are the coordinates
	qr.RTo(&r)
	out := NewMatrix(n, n)
	for i := range n {
		for j := range i + 1 {
			out.Row(i)[j] = float32(r.At(j, i))
		}
	}
	return out.Slice(0, x.Rows), out.Slice(x.Rows, n)
}

// jackknife is the variance of a statistic by leaving out each group in turn (Quenouille 1956).
func jackknife(ctx context.Context, run Compute, parts []moments2, whole moments2, statistic func(less moments2) (float64, error)) (float64, error) {
	left := make([]float64, len(parts))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(run.workers())
	for g, part := range parts {
		work.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				left[g], err = statistic(whole.plus(-1, part))
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return 0, err
	}
	_, spread := moments(left)
	n := float64(len(parts))
	return spread * (n - 1) * (n - 1) / n, nil
}

// groupMoments are the sums of the rows of each of the jackknife's groups; rows of one unit are in one group.
func groupMoments(x Matrix, units []int, centre []float64, run Compute) ([]moments2, error) {
	members := RowsOfUnits(units, x.Rows)
	if len(members) < 2*frechetGroups {
		return nil, &InsufficientError{"a Fréchet distance with an interval", len(members), 2 * frechetGroups, "independent rows of each sample"}
	}
	rows := make([][]int, frechetGroups)
	for u, of := range members {
		rows[u%frechetGroups] = append(rows[u%frechetGroups], of...)
	}
	parts := make([]moments2, frechetGroups)
	var work errgroup.Group
	work.SetLimit(run.workers())
	for g := range parts {
		work.Go(func() error {
			parts[g] = momentsOfRows(x, rows[g], centre)
			return nil
		})
	}
	return parts, work.Wait()
}

// frechetBias is the part of the distance that goes as 1/n: the slope of a line through the whole and the means over
// distances of halves, by which 1/n doubles.
func frechetBias(ctx context.Context, whole float64, partsX, partsY []moments2) (float64, error) {
	halves := 0.0
	const draws = 4
	for draw := range draws {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		x, y := newMoments(len(partsX[0].sum)), newMoments(len(partsX[0].sum))
		for g := range frechetGroups {
			// Halves of groups that no two draws share: by the bits of the group's number.
			if (g>>(draw/2))&1 == draw%2 {
				x, y = x.plus(1, partsX[g]), y.plus(1, partsY[g])
			}
		}
		root, err := rooted(x.normal())
		if err != nil {
			return 0, err
		}
		d, err := root.distance(y.normal())
		if err != nil {
			return 0, err
		}
		halves += d / draws
	}
	return halves - whole, nil
}

// FrechetOfNormals is the squared Fréchet distance of two normal distributions (Dowson and Landau, "The Fréchet
// distance between multivariate normal distributions", 1982).
func FrechetOfNormals(meanA, meanB []float64, covA, covB *mat.SymDense) (float64, error) {
	a, err := rooted(meanA, covA)
	if err != nil {
		return 0, err
	}
	return a.distance(meanB, covB)
}

// rootedNormal is a normal distribution with a root of its covariance, root rootᵀ.
type rootedNormal struct {
	mean  []float64
	trace float64
	lower *mat.TriDense // the root by Cholesky, where the covariance has full rank
	root  *mat.Dense    // and where it has not
}

func rooted(mean []float64, covariance *mat.SymDense) (rootedNormal, error) {
	a := rootedNormal{mean: mean, trace: mat.Trace(covariance)}
	var factor mat.Cholesky
	if factor.Factorize(covariance) {
		a.lower = new(mat.TriDense)
		factor.LTo(a.lower)
		return a, nil
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return rootedNormal{}, errors.New("the covariance has no eigendecomposition: it holds values that are not finite")
	}
	a.root = new(mat.Dense)
	eigen.VectorsTo(a.root)
	for j, value := range eigen.Values(nil) {
		scale := math.Sqrt(max(0, value))
		for i := range mean {
			a.root.Set(i, j, a.root.At(i, j)*scale)
		}
	}
	return a, nil
}

// distance is the squared Fréchet distance to another normal distribution.
func (a rootedNormal) distance(mean []float64, covariance *mat.SymDense) (float64, error) {
	total := a.trace + mat.Trace(covariance)
	for j := range mean {
		total += (a.mean[j] - mean[j]) * (a.mean[j] - mean[j])
	}
	// tr((AB)^½) is the sum of the square roots of the eigenvalues of rootᵀ B root, which is symmetric.
	product := a.within(covariance)
	symmetric := mat.NewSymDense(len(mean), nil)
	for i := range mean {
		for j := i; j < len(mean); j++ {
			symmetric.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, false) {
		return 0, errors.New("the product of the covariances has no eigenvalues: it holds values that are not finite")
	}
	for _, value := range eigen.Values(nil) {
		total -= 2 * math.Sqrt(max(0, value))
	}
	return total, nil
}

// within is rootᵀ B root.
func (a rootedNormal) within(b *mat.SymDense) *mat.Dense {
	if a.lower == nil {
		var half, product mat.Dense
		half.Mul(b, a.root)
		product.Mul(a.root.T(), &half)
		return &product
	}
	product := mat.DenseCopyOf(b)
	blas64.Trmm(blas.Right, blas.NoTrans, 1, a.lower.RawTriangular(), product.RawMatrix())
	blas64.Trmm(blas.Left, blas.Trans, 1, a.lower.RawTriangular(), product.RawMatrix())
	return product
}
