package measure

import (
	"context"
	"errors"
	"math"

	"golang.org/x/sync/errgroup"
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

// momentSums are the sums from which a mean and a covariance follow.
type momentSums struct {
	n      float64
	sum    []float64
	square *mat.SymDense
}

func newMomentSums(d int) momentSums {
	return momentSums{sum: make([]float64, d), square: mat.NewSymDense(d, nil)}
}

func momentsOfRows(x Matrix, rows []int, centre []float64) momentSums {
	m := newMomentSums(x.Cols)
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

// sumOf adds up the sums of the parts that are named.
func sumOf(parts []momentSums, named []int) momentSums {
	out := newMomentSums(len(parts[0].sum))
	for _, g := range named {
		out.n += parts[g].n
		for j, v := range parts[g].sum {
			out.sum[j] += v
		}
		out.square.AddSym(out.square, parts[g].square)
	}
	return out
}

// normal is the mean and the unbiased covariance.
func (m momentSums) normal() (mean []float64, covariance *mat.SymDense) {
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
// takes the number of workers. It takes time by the cube of the columns or of the rows of the smaller sample, whichever
// are fewer.
func FrechetDistance(ctx context.Context, x, y Matrix, unitsX, unitsY []int, run Compute) (Frechet, error) {
	if err := checkSamples("a Fréchet distance", x, y, unitsX, unitsY); err != nil {
		return Frechet{}, err
	}
	groupsX, err := frechetGroupsOf(unitsX, x.Rows)
	if err != nil {
		return Frechet{}, err
	}
	groupsY, err := frechetGroupsOf(unitsY, y.Rows)
	if err != nil {
		return Frechet{}, err
	}
	var distance groupDistance
	if min(x.Rows, y.Rows) < x.Cols {
		distance = byProducts(x, y, groupsX, groupsY)
	} else if distance, err = byMoments(x, y, groupsX, groupsY, run); err != nil {
		return Frechet{}, err
	}
	value, err := distance(allGroups, allGroups)
	if err != nil {
		return Frechet{}, err
	}
	// The samples are drawn apart, so that their variances add up.
	varianceX, err := jackknife(ctx, run, func(left []int) (float64, error) { return distance(left, allGroups) })
	if err != nil {
		return Frechet{}, err
	}
	varianceY, err := jackknife(ctx, run, func(left []int) (float64, error) { return distance(allGroups, left) })
	if err != nil {
		return Frechet{}, err
	}
	half := student(frechetGroups-1) * math.Sqrt(varianceX+varianceY)
	f := Frechet{Distance: Estimate{value, value - half, value + half, x.Rows + y.Rows}}
	f.Bias, err = frechetBias(ctx, value, distance)
	return f, err
}

// A groupDistance is the distance of the rows in some groups of each of two samples.
type groupDistance func(groupsX, groupsY []int) (float64, error)

// allGroups are the numbers of all groups.
var allGroups = chosenGroups(func(int) bool { return true })

func chosenGroups(is func(g int) bool) []int {
	var chosen []int
	for g := range frechetGroups {
		if is(g) {
			chosen = append(chosen, g)
		}
	}
	return chosen
}

// byMoments computes distances of covariances. The roots of those of the whole samples are known.
func byMoments(x, y Matrix, groupsX, groupsY [][]int, run Compute) (groupDistance, error) {
	centre := columnMeans(y)
	partsX, partsY := groupMoments(x, groupsX, centre, run), groupMoments(y, groupsY, centre, run)
	rootX, err := rooted(sumOf(partsX, allGroups).normal())
	if err != nil {
		return nil, err
	}
	rootY, err := rooted(sumOf(partsY, allGroups).normal())
	if err != nil {
		return nil, err
	}
	return func(groupsX, groupsY []int) (float64, error) {
		normalX, normalY := sumOf(partsX, groupsX).normal, sumOf(partsY, groupsY).normal
		switch {
		case len(groupsX) == frechetGroups:
			return rootX.distance(normalY())
		case len(groupsY) == frechetGroups:
			return rootY.distance(normalX())
		}
		root, err := rooted(normalX())
		if err != nil {
			return 0, err
		}
		return root.distance(normalY())
	}, nil
}

// byProducts computes distances of inner products of rows, of which there are fewer than columns: with the centred rows
// A and B of n and m the covariances are AᵀA/(n-1) and BᵀB/(m-1), and the trace of the root of their product is the sum of
// the singular values of ABᵀ, over √((n-1)(m-1)).
func byProducts(x, y Matrix, groupsX, groupsY [][]int) groupDistance {
	centre := columnMeans(y)
	centred := func(m Matrix) *mat.Dense {
		out := mat.NewDense(m.Rows, m.Cols, nil)
		for i := range m.Rows {
			for j, v := range m.Row(i) {
				out.Set(i, j, float64(v)-centre[j])
			}
		}
		return out
	}
	a, b := centred(x), centred(y)
	var products mat.Dense
	products.Mul(a, b.T())
	return func(namedX, namedY []int) (float64, error) {
		rowsX, rowsY := rowsOfGroups(groupsX, namedX), rowsOfGroups(groupsY, namedY)
		meanX, traceX := meanAndTrace(a, rowsX)
		meanY, traceY := meanAndTrace(b, rowsY)
		total := traceX + traceY
		for j := range meanX {
			total += (meanX[j] - meanY[j]) * (meanX[j] - meanY[j])
		}
		some := mat.NewDense(len(rowsX), len(rowsY), nil)
		for i, r := range rowsX {
			for j, s := range rowsY {
				some.Set(i, j, products.At(r, s))
			}
		}
		centreBoth(some)
		square := mat.NewSymDense(min(len(rowsX), len(rowsY)), nil)
		if len(rowsX) < len(rowsY) {
			square.SymOuterK(1, some)
		} else {
			square.SymOuterK(1, some.T())
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(square, false) {
			return 0, errors.New("the products of rows have no eigenvalues: they hold values that are not finite")
		}
		scale := math.Sqrt(float64(len(rowsX)-1) * float64(len(rowsY)-1))
		for _, value := range eigen.Values(nil) {
			total -= 2 * math.Sqrt(max(0, value)) / scale
		}
		return total, nil
	}
}

func rowsOfGroups(groups [][]int, named []int) []int {
	var rows []int
	for _, g := range named {
		rows = append(rows, groups[g]...)
	}
	return rows
}

// meanAndTrace are the mean of some rows, and the trace of their unbiased covariance.
func meanAndTrace(m *mat.Dense, rows []int) (mean []float64, trace float64) {
	_, d := m.Dims()
	mean = make([]float64, d)
	for _, r := range rows {
		for j, v := range m.RawRowView(r) {
			mean[j] += v / float64(len(rows))
		}
	}
	for _, r := range rows {
		for j, v := range m.RawRowView(r) {
			trace += (v - mean[j]) * (v - mean[j])
		}
	}
	return mean, trace / float64(len(rows)-1)
}

// centreBoth takes from each row its mean, and then from each column.
func centreBoth(m *mat.Dense) {
	n, d := m.Dims()
	columns := make([]float64, d)
	for i := range n {
		row := m.RawRowView(i)
		mean := 0.0
		for _, v := range row {
			mean += v / float64(d)
		}
		for j := range row {
			row[j] -= mean
			columns[j] += row[j] / float64(n)
		}
	}
	for i := range n {
		for j, mean := range columns {
			m.RawRowView(i)[j] -= mean
		}
	}
}

// jackknife is the variance of a statistic by leaving out each group in turn (Quenouille 1956).
func jackknife(ctx context.Context, run Compute, statistic func(left []int) (float64, error)) (float64, error) {
	values := make([]float64, frechetGroups)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(run.workers())
	for out := range values {
		work.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				values[out], err = statistic(chosenGroups(func(g int) bool { return g != out }))
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return 0, err
	}
	_, spread := moments(values)
	const n = frechetGroups
	return spread * (n - 1) * (n - 1) / n, nil
}

// frechetGroupsOf are the rows of each of the jackknife's groups; rows of one unit are in one group.
func frechetGroupsOf(units []int, n int) ([][]int, error) {
	members := RowsOfUnits(units, n)
	if len(members) < 2*frechetGroups {
		return nil, &InsufficientError{"a Fréchet distance with an interval", len(members), 2 * frechetGroups, "independent rows of each sample"}
	}
	rows := make([][]int, frechetGroups)
	for u, of := range members {
		rows[u%frechetGroups] = append(rows[u%frechetGroups], of...)
	}
	return rows, nil
}

// groupMoments are the sums of the rows of each group.
func groupMoments(x Matrix, groups [][]int, centre []float64, run Compute) []momentSums {
	parts := make([]momentSums, len(groups))
	var work errgroup.Group
	work.SetLimit(run.workers())
	for g := range parts {
		work.Go(func() error {
			parts[g] = momentsOfRows(x, groups[g], centre)
			return nil
		})
	}
	_ = work.Wait() // no part gives an error
	return parts
}

// frechetBias is the part of the distance that goes as 1/n: the slope of a line through the whole and the means over
// distances of halves, by which 1/n doubles.
func frechetBias(ctx context.Context, whole float64, distance groupDistance) (float64, error) {
	halves := 0.0
	const draws = 4
	for draw := range draws {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		// Halves of groups that no two draws share: by the bits of the group's number.
		half := chosenGroups(func(g int) bool { return (g>>(draw/2))&1 == draw%2 })
		d, err := distance(half, half)
		if err != nil {
			return 0, err
		}
		halves += d / draws
	}
	return halves - whole, nil
}
