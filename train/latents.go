package train

import (
	"context"
	"iter"
	"math"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/pretrained"
	"github.com/dataprism/dataprism/prism"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// fitLinear sets the linear part of the autoencoder from images of these rows as they are fed to it. Of the components it
// takes those that hold for images which they were not found from.
func (t *trainer) fitLinear(ctx context.Context, of [][]int) error {
	const checked = 2000 // images
	rows, apart := setApart(of)
	pixels := t.prism.Pixels()
	found := t.fed(ctx, forLinear, rows, foundFrom(rows, pixels))
	c, err := autoencoder.PrincipalComponents(t.backend, found, pixels, t.Model.Autoencoder.Latent, stream.New(t.Seed, stream.TrainRange))
	if err == nil && ctx.Err() == nil {
		var variances []float64
		if variances, err = c.Variances(t.backend, t.fed(ctx, forLinearCheck, apart, checked)); err == nil {
			c = c.First(holding(c.Variance, variances))
		}
	}
	if ctx.Err() != nil {
		return ErrStopped
	} else if err != nil {
		return err
	}
	if err := t.ownAutoencoder().SetLinear(c, t.Config.Losses); err != nil {
		return err
	}
	t.prism, err = prism.New(t.backend, t.store, t.Model, t.Seed)
	return err
}

// foundFrom is how many of the rows' images of so many values components are found from: the more the better they hold for
// others, up to each image twice, mirrored or not, and what a minute or two allow.
func foundFrom(rows [][]int, pixels int) int {
	const fewest, most, values = 6000, 24000, 600e6
	images := 0
	for _, r := range rows {
		images += len(r)
	}
	return max(fewest, min(2*images, most, int(values)/pixels))
}

// fed yields n images of the rows of each collection as training feeds them, the same in every pass, until ctx ends.
func (t *trainer) fed(ctx context.Context, use purpose, rows [][]int, n int) iter.Seq[[]float32] {
	const batch = 500
	picks := newOrder(t.Seed, use, rows)
	return func(yield func([]float32) bool) {
		for number := range n / batch {
			if ctx.Err() != nil || !yield(augmented(t.Dataset, picks.batch(number, batch), t.Config, picks.draws(number))) {
				return
			}
		}
	}
}

// setApart parts rows into nine tenths and one tenth, in runs of neighbours, since images that belong together mostly
// follow each other.
func setApart(rows [][]int) (most, few [][]int) {
	for _, all := range rows {
		run := max(1, min(32, len(all)/30))
		var a, b []int
		for i, row := range all {
			if i/run%10 == 9 {
				b = append(b, row)
			} else {
				a = append(a, row)
			}
		}
		most, few = append(most, a), append(few, b)
	}
	return most, few
}

// holding counts the leading components along which other images vary at least half as much as those that the components
// were found from, on average over a few; an even number, and at least two.
func holding(found, other []float64) int {
	const window, least = 8, 0.5
	k := 0
	for k < len(found) {
		from, to := max(0, k-window/2), min(len(found), k+window/2)
		var a, b float64
		for j := from; j < to; j++ {
			a += found[j]
			b += other[j]
		}
		if b < least*a {
			break
		}
		k++
	}
	return max(2, k/2*2)
}

// leastSignal is how much more than its noise a latent must vary within collections to be in use.
const leastSignal = 1

// fitBasis finds the latents in use and makes them those of the prism.
func (t *trainer) fitBasis(ctx context.Context) error {
	some, err := t.encodeSome(ctx)
	if err != nil {
		return err
	}
	var moments []autoencoder.LatentMoments
	for _, p := range some {
		moments = append(moments, p.latentMoments(t.prism.Dim(), nil))
	}
	basis, err := autoencoder.InUse(moments, leastSignal)
	if err != nil {
		return err
	}
	all := t.prism.Dim()
	if err := t.coordinates().SetBasis(basis); err != nil {
		return err
	}
	t.note("%d of %d latents are in use", len(basis.Signal), all)
	t.prism, err = prism.New(t.backend, t.store, t.Model, t.Seed)
	return err
}

// encodeSome encodes enough training images of each collection for moments of their latents: all of them, where their
// whole latents are there.
func (t *trainer) encodeSome(ctx context.Context) ([]posteriors, error) {
	const images = 2048 // of a collection
	if t.Model.Pretrained != nil {
		return t.encodeAll(ctx)
	}
	some := make([]posteriors, len(t.Dataset.Collections))
	for c, rows := range t.trainRows() {
		if len(rows) > images {
			order := newOrder(t.Seed, forBasis, [][]int{rows})
			rows = make([]int, images)
			for i := range rows {
				rows[i] = order.row(0, i)
			}
		}
		var err error
		if some[c], err = t.encode(c, rows); err != nil {
			return nil, err
		}
	}
	return some, nil
}

// ownAutoencoder is the autoencoder of a model of our own.
func (t *trainer) ownAutoencoder() *autoencoder.Small {
	return t.prism.Autoencoder.(*autoencoder.Small)
}

// coordinates are those of the prism's latents.
func (t *trainer) coordinates() autoencoder.Coordinates {
	if a, ok := t.prism.Autoencoder.(*pretrained.Autoencoder); ok {
		return a.Coordinates
	}
	return t.ownAutoencoder().Coordinates
}

// posteriors are the encoder's means and standard deviations of one collection's training images, [n, dim] each.
// Mirror images are not among them: collections may differ in how their subjects are turned and lit, and a flow that
// is fitted to both sides leaves that difference in the codes of the images as they are.
type posteriors struct{ mean, std []float32 }

// encodeAll encodes the training images of every collection, in bounded memory.
func (t *trainer) encodeAll(ctx context.Context) ([]posteriors, error) {
	const chunk = 512
	if t.Model.Pretrained != nil {
		return t.encodePretrained(ctx)
	}
	all := make([]posteriors, len(t.Dataset.Collections))
	for c, col := range t.Dataset.Collections {
		for from := 0; from < len(col.Train); from += chunk {
			if ctx.Err() != nil {
				return nil, ErrStopped
			}
			part, err := t.encode(c, col.Train[from:min(from+chunk, len(col.Train))])
			if err != nil {
				return nil, err
			}
			all[c].mean = append(all[c].mean, part.mean...)
			all[c].std = append(all[c].std, part.std...)
		}
	}
	return all, nil
}

// encode encodes the given rows of collection c.
func (t *trainer) encode(c int, rows []int) (posteriors, error) {
	mean, logVar, err := t.prism.Encode(t.Dataset.ImagesOf(prism.Repeat(c, len(rows)), rows))
	return posteriors{mean, deviations(logVar)}, err
}

// deviations turns logarithms of variances into standard deviations, in place.
func deviations(logVar []float32) []float32 {
	for i, v := range logVar {
		logVar[i] = float32(math.Exp(float64(v) / 2))
	}
	return logVar
}

// latentMoments are the moments of the posteriors, each row counting by its weight; nil counts all alike.
func (p posteriors) latentMoments(dim int, weight []float64) autoencoder.LatentMoments {
	n := len(p.mean) / dim
	rows := mat.NewDense(n, dim, nil)
	m := autoencoder.LatentMoments{Mean: make([]float64, dim), Noise: make([]float64, dim), Covariance: mat.NewSymDense(dim, nil)}
	total := float64(n)
	if weight != nil {
		total = floats.Sum(weight)
	}
	for i := range n {
		w := 1 / total
		if weight != nil {
			w *= weight[i]
		}
		for j := range dim {
			v, s := float64(p.mean[i*dim+j]), float64(p.std[i*dim+j])
			rows.Set(i, j, v)
			m.Mean[j] += w * v
			m.Noise[j] += w * s * s
		}
	}
	stat.CovarianceMatrix(m.Covariance, rows, weight)
	return m
}

// nearness weighs each of the given rows by the inverse of its squared distance from their mean, with its noise, in latents of
// variance 1; the weights have the mean 1. Directions of latents say as much of a covariance whatever their length, but
// far ones count for most of it and near ones for nothing: with these weights as many images give a better one
// (Tyler, "A distribution-free M-estimator of multivariate scatter", 1987; one step of it, since latents are all but white).
func (p posteriors) nearness(rows []int, dim int, noise float64) []float64 {
	mean, variance := make([]float64, dim), make([]float64, dim)
	for _, i := range rows {
		for j := range dim {
			mean[j] += float64(p.mean[i*dim+j]) / float64(len(rows))
		}
	}
	square := func(i, j int) float64 {
		from, s := float64(p.mean[i*dim+j])-mean[j], noise*float64(p.std[i*dim+j])
		return from*from + s*s
	}
	for _, i := range rows {
		for j := range dim {
			variance[j] += square(i, j) / float64(len(rows))
		}
	}
	weight := make([]float64, len(rows))
	for k, i := range rows {
		distance := 0.0
		for j := range dim {
			if variance[j] > 0 {
				distance += square(i, j) / variance[j]
			}
		}
		weight[k] = 1 / max(distance, leastDistance*float64(dim))
	}
	floats.Scale(float64(len(rows))/floats.Sum(weight), weight)
	return weight
}

// leastDistance is the squared distance, over that of rows on average, below which none counts for more.
const leastDistance = 0.1
