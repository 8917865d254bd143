// Package detail carries what latents leave out of an image over to its projections: hair, pores, the rims of glasses.
//
// A projection changes light, colour and shapes. Where it leaves shapes as they are it is, in a small window, nearly a linear
// function of what was projected, and detail belongs to it as it belonged to the image, by the same factor. So with the
// image x, its reconstruction r and a projection p
//
//	a = cov(r, p) / (var(r) + ε)  over windows,    carried = p + ā·(x - r),
//
// where ā is the mean of a: the local linear model of the guided filter (He, Sun and Tang 2010, equations 5, 6 and 8), with r
// as the guide of p. Where shapes have changed the two do not vary together, a is 0, and nothing is carried over. The
// projection of an image into its own collection, which is its reconstruction, becomes all but the image.
//
// x may have more pixels than r and p: factors and projection are then interpolated, as the fast guided filter does (He and Sun
// 2015), and the carried image has the pixels of x.
//
// What is carried over keeps what it tells of the image's collection: what is measured is measured without.
package detail

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/dataprism/dataprism/measure"
)

const (
	ridge     = 0.001 // ε: what varies less in a window, by squares of values from -1 to 1, is flat
	steepest  = 1.5   // bound of a: contrast is not raised by more
	windowOf  = 32    // a window reaches a side's 32nd part from its middle,
	leastSpan = 2     // but this many pixels at the least
)

// Carry lays the share, from 0 to 1, of the detail of images over their projections [n, h, w, c]. reconstructed is [n, h, w, c]
// and images [n, H, W, c] with h ≤ H and w ≤ W, or n is 1 of both where all are projections of one image. The result is
// [n, H, W, c], in [-1, 1].
func Carry(images, reconstructed, projected measure.Images, share float64) (measure.Images, error) {
	r, p := reconstructed, projected
	if err := errors.Join(images.Check("images"), r.Check("reconstructions"), p.Check("projections")); err != nil {
		return measure.Images{}, fmt.Errorf("detail: %w", err)
	}
	switch {
	case r.N != p.N && r.N != 1 || r.H != p.H || r.W != p.W || r.C != p.C:
		return measure.Images{}, fmt.Errorf("detail: reconstructions are %dx%dx%dx%d and projections %dx%dx%dx%d", r.N, r.H, r.W, r.C, p.N, p.H, p.W, p.C)
	case images.N != r.N || images.C != r.C || images.H < r.H || images.W < r.W:
		return measure.Images{}, fmt.Errorf("detail: images are %dx%dx%dx%d, which are not those of reconstructions of %dx%dx%dx%d", images.N, images.H, images.W, images.C, r.N, r.H, r.W, r.C)
	case !(share >= 0 && share <= 1):
		return measure.Images{}, fmt.Errorf("detail: the share is %g, but must be from 0 to 1", share)
	}
	out := measure.Images{N: p.N, H: images.H, W: images.W, C: p.C, Data: make([]float32, p.N*images.H*images.W*p.C)}
	var work sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		work.Go(func() {
			for i := w; i < p.N; i += workers {
				carry(out, images, r, p, i, share)
			}
		})
	}
	work.Wait()
	return out, nil
}

// Enlarge interpolates images to h rows and w columns, no fewer than theirs, as [Carry] does projections.
func Enlarge(images measure.Images, h, w int) measure.Images {
	out := measure.Images{N: images.N, H: h, W: w, C: images.C, Data: make([]float32, images.N*h*w*images.C)}
	line, columns := make([]float64, images.W*images.C), places(w, images.W)
	for i := range images.N {
		for y, row := range places(h, images.H) {
			between(line, images.Image(i), row)
			for x, col := range columns {
				for c := range images.C {
					out.Image(i)[(y*w+x)*images.C+c] = float32(col.of(line[col.from*images.C+c], line[col.to*images.C+c]))
				}
			}
		}
	}
	return out
}

// carry is [Carry] of projection i.
func carry(out, images, r, p measure.Images, i int, share float64) {
	to, with := out.Image(i), p.Image(i)
	x, of := images.Image(i%r.N), r.Image(i%r.N)
	a := factors(of, with, r.H, r.W, r.C)
	factor, before, after := make([]float64, r.W), make([]float64, r.W*r.C), make([]float64, r.W*r.C) // of a row of x
	columns := places(images.W, r.W)
	for y, row := range places(images.H, r.H) {
		between(factor, a, row)
		between(before, of, row)
		between(after, with, row)
		for column, col := range columns {
			carried := share * col.of(factor[col.from], factor[col.to])
			for c := range r.C {
				at, first, second := (y*images.W+column)*r.C+c, col.from*r.C+c, col.to*r.C+c
				left := float64(x[at]) - col.of(before[first], before[second])
				to[at] = float32(min(1, max(-1, col.of(after[first], after[second])+carried*left)))
			}
		}
	}
}

// factors is ā at each pixel of a reconstruction r and a projection p [h, w, channels].
func factors(r, p []float32, h, w, channels int) []float64 {
	window := box{h, w, max(leastSpan, min(h, w)/windowOf)}
	joint, square := make([]float64, h*w), make([]float64, h*w) // covariance and variance, summed over channels
	for c := range channels {
		first, second, both, own := make([]float64, h*w), make([]float64, h*w), make([]float64, h*w), make([]float64, h*w)
		for i := range first {
			first[i], second[i] = float64(r[i*channels+c]), float64(p[i*channels+c])
			both[i], own[i] = first[i]*second[i], first[i]*first[i]
		}
		for _, plane := range [][]float64{first, second, both, own} {
			window.mean(plane)
		}
		for i := range joint {
			joint[i] += both[i] - first[i]*second[i]
			square[i] += own[i] - first[i]*first[i]
		}
	}
	for i := range joint {
		joint[i] = min(steepest, max(0, joint[i]/(square[i]+ridge*float64(channels))))
	}
	window.mean(joint)
	return joint
}

// box are windows of a plane [h, w] that reach span pixels from their middle, and no further than its edges.
type box struct{ h, w, span int }

// mean takes each value of a plane to the mean of its window.
func (b box) mean(plane []float64) {
	sums := make([]float64, max(b.h, b.w)+1)
	for y := range b.h {
		b.line(plane[y*b.w:(y+1)*b.w], 1, b.w, sums)
	}
	for x := range b.w {
		b.line(plane[x:], b.w, b.h, sums)
	}
}

// line takes each of n values, stride apart, to the mean of those at most span from it.
func (b box) line(values []float64, stride, n int, sums []float64) {
	for i := range n {
		sums[i+1] = sums[i] + values[i*stride]
	}
	for i := range n {
		from, to := max(0, i-b.span), min(n, i+b.span+1)
		values[i*stride] = (sums[to] - sums[from]) / float64(to-from)
	}
}

// place is where a pixel of a large side lies on a small one: at the share of the way between two of its pixels.
type place struct {
	from, to int
	share    float64
}

// places are those of all pixels of a large side, by the middles of pixels.
func places(large, small int) []place {
	all := make([]place, large)
	for i := range all {
		at := min(float64(small-1), max(0, (float64(i)+0.5)*float64(small)/float64(large)-0.5))
		all[i].from = int(at)
		all[i].to = min(small-1, all[i].from+1)
		all[i].share = at - float64(all[i].from)
	}
	return all
}

// of is the value there, between those at its two pixels.
func (p place) of(from, to float64) float64 { return (1-p.share)*from + p.share*to }

// between is the line of a plane at a place between its rows, which are as wide as the line.
func between[T float32 | float64](line []float64, plane []T, row place) {
	for i := range line {
		line[i] = row.of(float64(plane[row.from*len(line)+i]), float64(plane[row.to*len(line)+i]))
	}
}
