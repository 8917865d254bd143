package measure

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

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
