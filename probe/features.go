package probe

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/dataprism/dataprism/measure"
)

// Features describes images for a classifier of attributes: one row per image of the image averaged down to a coarse
// grid (colour, tone, hair, skin) and of a histogram of oriented gradients (Dalal and Triggs, CVPR 2005: outlines,
// glasses, beards). Rows of images of different sizes have the same number of columns if the channels are the same.
//
// It takes images of 16x16 pixels or more, and all processors.
func Features(images measure.Images) (measure.Matrix, error) {
	if err := images.Check("images"); err != nil {
		return measure.Matrix{}, err
	}
	if images.H < thumbSide || images.W < thumbSide {
		return measure.Matrix{}, fmt.Errorf("features need images of %dx%d pixels or more, got %dx%d", thumbSide, thumbSide, images.H, images.W)
	}
	thumb := thumbSide * thumbSide * images.C
	out := measure.NewMatrix(images.N, thumb+blockCount*blockSide*blockSide*orientations)
	var work sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		work.Go(func() {
			for i := w; i < images.N; i += workers {
				row := out.Row(i)
				average(row[:thumb], images.Image(i), images.H, images.W, images.C)
				gradientHistogram(row[thumb:], images.Image(i), images.H, images.W, images.C)
			}
		})
	}
	work.Wait()
	return out, nil
}

const (
	thumbSide    = 16 // the coarse grid is 16x16
	cellSide     = 8  // histograms are counted in 8x8 cells
	orientations = 9  // of gradients, sign ignored, over half a turn
	blockSide    = 2  // and normalised in overlapping blocks of 2x2 cells
	blockCount   = (cellSide - blockSide + 1) * (cellSide - blockSide + 1)
)

// average writes the mean of each of thumbSide x thumbSide areas; pixels that an area holds partly count by their
// share.
func average(to, pixels []float32, h, w, c int) {
	for ty := range thumbSide {
		top, bottom := float64(ty*h)/thumbSide, float64((ty+1)*h)/thumbSide
		for tx := range thumbSide {
			left, right := float64(tx*w)/thumbSide, float64((tx+1)*w)/thumbSide
			cell := to[(ty*thumbSide+tx)*c : (ty*thumbSide+tx+1)*c]
			clear(cell)
			for y := int(top); y < h && float64(y) < bottom; y++ {
				high := min(bottom, float64(y+1)) - max(top, float64(y))
				for x := int(left); x < w && float64(x) < right; x++ {
					share := float32(high * (min(right, float64(x+1)) - max(left, float64(x))) / ((bottom - top) * (right - left)))
					for k := range c {
						cell[k] += share * pixels[(y*w+x)*c+k]
					}
				}
			}
		}
	}
}

// gradientHistogram writes the block-normalised histograms of the gradients of an image's luminance.
func gradientHistogram(to, pixels []float32, h, w, c int) {
	grey := luminance(pixels, h*w, c)
	rows, columns := cellsOf(h), cellsOf(w)
	// One cell more on each side takes the votes for cells outside of the image, which do not count.
	var cells [cellSide + 2][cellSide + 2][orientations]float64
	for y, row := range rows {
		here, above, below := grey[y*w:(y+1)*w], grey[max(y-1, 0)*w:], grey[min(y+1, h-1)*w:]
		for x, column := range columns {
			dx := float64(here[min(x+1, w-1)] - here[max(x-1, 0)])
			dy := float64(below[x] - above[x])
			if dx == 0 && dy == 0 {
				continue
			}
			// A gradient votes for the two nearest cells each way and the two nearest orientations, so that nothing
			// jumps with a small shift.
			turn := math.Atan2(dy, dx) / math.Pi
			bin := (turn-math.Floor(turn))*orientations - 0.5
			first := math.Floor(bin)
			share := bin - first
			one, other := (int(first)+orientations)%orientations, (int(first)+1+orientations)%orientations
			size := math.Sqrt(dx*dx + dy*dy)
			for i, high := range row.share {
				for j, wide := range column.share {
					weight := size * high * wide
					cell := &cells[row.first+i][column.first+j]
					cell[one] += weight * (1 - share)
					cell[other] += weight * share
				}
			}
		}
	}
	at := 0
	for by := range cellSide - blockSide + 1 {
		for bx := range cellSide - blockSide + 1 {
			var block [blockSide * blockSide * orientations]float64
			n := 0
			for y := range blockSide {
				for x := range blockSide {
					n += copy(block[n:], cells[1+by+y][1+bx+x][:])
				}
			}
			clippedNormalise(block[:])
			for _, v := range block {
				to[at] = float32(v)
				at++
			}
		}
	}
}

// nearCells are the two cells nearest to a pixel along an axis, counted from the one outside of the image, and the share of
// the pixel's vote that each gets.
type nearCells struct {
	first int
	share [2]float64
}

// cellsOf are those of each of n pixels.
func cellsOf(n int) []nearCells {
	out := make([]nearCells, n)
	for i := range out {
		at := (float64(i)+0.5)/float64(n)*cellSide + 0.5
		first := math.Floor(at)
		out[i] = nearCells{int(first), [2]float64{1 - (at - first), at - first}}
	}
	return out
}

// clippedNormalise scales to length 1, cuts at 0.2 and scales again, so that one strong edge does not hide the rest.
// The floor keeps flat areas flat.
func clippedNormalise(v []float64) {
	const floor, cut = 1e-2, 0.2
	for range 2 {
		sum := floor
		for _, x := range v {
			sum += x * x
		}
		for i, x := range v {
			v[i] = min(x/math.Sqrt(sum), cut)
		}
	}
}

// luminance is the Rec. 601 luma of RGB images, and the mean of other numbers of channels.
func luminance(pixels []float32, n, c int) []float32 {
	out := make([]float32, n)
	for i := range out {
		p := pixels[i*c : (i+1)*c]
		if c == 3 {
			out[i] = 0.299*p[0] + 0.587*p[1] + 0.114*p[2]
			continue
		}
		for _, v := range p {
			out[i] += v / float32(c)
		}
	}
	return out
}
