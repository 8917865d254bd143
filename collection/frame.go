package collection

import (
	"fmt"
	"image"
	"math"
)

// Frame is the part of an image's centre square that is kept: a square of Side times its side, whose centre lies X
// and Y of its side right of and below the middle. The zero Frame, and a Side of 1, keep the whole square.
type Frame struct {
	Side float64 `yaml:"side" json:"side"` // above 0, at most 1
	X    float64 `yaml:"x" json:"x"`
	Y    float64 `yaml:"y" json:"y"`
}

// Whole says whether the frame keeps the whole square.
func (f Frame) Whole() bool { return f == Frame{} || f == Frame{Side: 1} }

// rect is the frame in a square of the given side in pixels.
func (f Frame) rect(side int) image.Rectangle {
	if f.Whole() {
		return image.Rect(0, 0, side, side)
	}
	kept := min(side, max(1, int(math.Round(f.Side*float64(side)))))
	corner := func(shift float64) int {
		at := int(math.Round((0.5 + shift - f.Side/2) * float64(side)))
		return min(side-kept, max(0, at))
	}
	x, y := corner(f.X), corner(f.Y)
	return image.Rect(x, y, x+kept, y+kept)
}

// Validate says whether the frame lies within the image.
func (f Frame) Validate() error { return f.check("frame") }

func (f Frame) check(where string) error {
	if f.Whole() {
		return nil
	}
	half := f.Side / 2
	if !(f.Side > 0 && f.Side <= 1) || !(math.Abs(f.X)+half <= 0.5+1e-9) || !(math.Abs(f.Y)+half <= 0.5+1e-9) {
		return &OptionError{where, fmt.Sprintf("the frame of side %g at (%g, %g) does not lie within the image", f.Side, f.X, f.Y)}
	}
	return nil
}

// CommonFrames finds how to cut the images of each collection so that what they show has the same size and place in
// all of them: two sets of portraits, say, of which one is cropped closer. How images were cropped is otherwise the
// largest difference between collections, and every comparison finds it before anything else.
//
// It registers what stands out in the mean images (a face's eyes, nose and mouth; not light and backgrounds, which
// differ between collections too): for each collection in turn as the reference it looks for the frames of the others
// that correlate best with the reference, and takes the best reference. Where a collection gains little from that, or
// resembles the reference too little to be compared with it, its frame is the whole image. Cells of one collection
// (see [Split]) have one frame, so that a label is not cut away. The images of d must have been read whole.
func (d *Dataset) CommonFrames() []Frame {
	var means []plane
	number := make(map[string]int) // of the mean of a collection that is split
	of := make([]int, len(d.Collections))
	for i, c := range d.Collections {
		mean := d.mean(c)
		k, known := number[c.Of]
		if c.Of != "" && known {
			means[k].add(mean)
		} else {
			k = len(means)
			number[c.Of] = k
			means = append(means, mean)
		}
		of[i] = k
	}
	frames := commonFrames(means)
	each := make([]Frame, len(of))
	for i, k := range of {
		each[i] = frames[k]
	}
	return each
}

// commonFrames are the frames of collections with the given means.
func commonFrames(means []plane) []Frame {
	best, bestTotal := make([]Frame, len(means)), math.Inf(-1)
	for r := range means {
		reference := means[r].relief()
		frames, total := make([]Frame, len(means)), 0.0
		for i, m := range means {
			if i == r {
				continue
			}
			correlation := 0.0
			frames[i], correlation = m.registered(reference)
			total += correlation
		}
		if total > bestTotal {
			best, bestTotal = frames, total
		}
	}
	return best
}

// plane is a square grey image.
type plane struct {
	side   int
	values []float64
}

func (p plane) add(q plane) {
	for i, v := range q.values {
		p.values[i] += v
	}
}

// mean is the sum of the luma of at most 2,000 of a collection's training images, evenly chosen, halved down to 128
// pixels a side: the search for frames takes time in proportion to the third power of the side.
func (d *Dataset) mean(c *Collection) plane {
	const (
		most     = 2000
		mostSide = 128
	)
	p := plane{d.Size, make([]float64, d.Size*d.Size)}
	step := max(1, len(c.Train)/most)
	for i := 0; i < len(c.Train); i += step {
		pixels := c.Pixels(c.Train[i])
		for j := range p.values {
			if d.Channels == 1 {
				p.values[j] += float64(pixels[j])
			} else {
				rgb := pixels[3*j:][:3]
				p.values[j] += 0.299*float64(rgb[0]) + 0.587*float64(rgb[1]) + 0.114*float64(rgb[2])
			}
		}
	}
	for p.side > mostSide && p.side%2 == 0 {
		p = p.halved()
	}
	return p
}

// halved sums each block of 2×2 pixels.
func (p plane) halved() plane {
	out := plane{p.side / 2, make([]float64, len(p.values)/4)}
	for y := range out.side {
		for x := range out.side {
			at := 2*y*p.side + 2*x
			out.values[y*out.side+x] = p.values[at] + p.values[at+1] + p.values[at+p.side] + p.values[at+p.side+1]
		}
	}
	return out
}

// registered returns the frame of p that correlates best with the reference, and that correlation.
func (p plane) registered(reference plane) (Frame, float64) {
	const (
		least    = 0.55 // side of the smallest frame looked at
		sides    = 0.03 // steps of the search
		shifts   = 0.015
		alike    = 0.6 // correlation below which the means do not show the same
		gain     = 0.1 // correlation that a frame must add
		maxShift = 0.12
	)
	whole := p.correlation(reference, Frame{Side: 1})
	best, top := Frame{}, whole
	for side := 1.0; side >= least; side -= sides {
		room := min(maxShift, (1-side)/2)
		for y := -room; y <= room+1e-9; y += shifts {
			f := Frame{Side: side, Y: y}
			if c := p.correlation(reference, f); c > top {
				best, top = f, c
			}
		}
	}
	// Faces and most other subjects are centred sideways; a small shift is found after size and height.
	if !best.Whole() {
		start := best
		room := min(maxShift/2, (1-start.Side)/2)
		for x := -room; x <= room+1e-9; x += shifts {
			f := Frame{Side: start.Side, X: x, Y: start.Y}
			if c := p.correlation(reference, f); c > top {
				best, top = f, c
			}
		}
	}
	if top < alike || top < whole+gain {
		return Frame{}, whole
	}
	return best, top
}

// correlation of the reference, a relief, with the relief of p cut to the frame, over the middle three quarters of
// each side.
func (p plane) correlation(reference plane, f Frame) float64 {
	cut := p.cut(f, reference.side).relief()
	from, to := reference.side/8, reference.side-reference.side/8
	var n, a, b, aa, bb, ab float64
	for y := from; y < to; y++ {
		for x := from; x < to; x++ {
			u, v := reference.values[y*reference.side+x], cut.values[y*cut.side+x]
			n, a, b, aa, bb, ab = n+1, a+u, b+v, aa+u*u, bb+v*v, ab+u*v
		}
	}
	variance := (aa - a*a/n) * (bb - b*b/n)
	if variance <= 0 {
		return 0
	}
	return (ab - a*b/n) / math.Sqrt(variance)
}

// cut is the framed part of p, resized to side pixels.
func (p plane) cut(f Frame, side int) plane {
	out := plane{side, make([]float64, side*side)}
	for y := range side {
		for x := range side {
			out.values[y*side+x] = p.at(f.source(x, side, p.side, f.X), f.source(y, side, p.side, f.Y))
		}
	}
	return out
}

// relief is p without its slow changes: the difference from a blur of a twelfth of the side.
func (p plane) relief() plane {
	sigma := float64(p.side) / 12
	blurred := p.blurredRows(sigma).turned().blurredRows(sigma).turned()
	for i, v := range p.values {
		blurred.values[i] = v - blurred.values[i]
	}
	return blurred
}

// blurredRows blurs each row by a Gaussian, with the last pixels repeated beyond the ends.
func (p plane) blurredRows(sigma float64) plane {
	reach := int(math.Ceil(3 * sigma))
	weights := make([]float64, 2*reach+1)
	sum := 0.0
	for i := range weights {
		weights[i] = math.Exp(-0.5 * math.Pow(float64(i-reach)/sigma, 2))
		sum += weights[i]
	}
	out := plane{p.side, make([]float64, len(p.values))}
	for y := range p.side {
		row := p.values[y*p.side : (y+1)*p.side]
		for x := range row {
			for i, w := range weights {
				out.values[y*p.side+x] += w / sum * row[min(p.side-1, max(0, x+i-reach))]
			}
		}
	}
	return out
}

// turned exchanges rows and columns.
func (p plane) turned() plane {
	out := plane{p.side, make([]float64, len(p.values))}
	for y := range p.side {
		for x := range p.side {
			out.values[x*p.side+y] = p.values[y*p.side+x]
		}
	}
	return out
}

// source is the coordinate in a whole square of the side `from` of the centre of pixel i of the framed one.
func (f Frame) source(i, side, from int, shift float64) float64 {
	s := (float64(i) + 0.5) / float64(side)
	return (0.5+shift+(s-0.5)*f.Side)*float64(from) - 0.5
}

// at reads between pixels.
func (p plane) at(x, y float64) float64 {
	last := float64(p.side - 1)
	x, y = min(last, max(0, x)), min(last, max(0, y))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, p.side-1), min(y0+1, p.side-1)
	fx, fy := x-float64(x0), y-float64(y0)
	top := p.values[y0*p.side+x0]*(1-fx) + p.values[y0*p.side+x1]*fx
	bottom := p.values[y1*p.side+x0]*(1-fx) + p.values[y1*p.side+x1]*fx
	return top*(1-fy) + bottom*fy
}
