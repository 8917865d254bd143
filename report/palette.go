package report

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// paletteSamples is how many pixels of an animation its palette is made from.
const paletteSamples = 1 << 16

// sharedPalette chooses at most 256 colours for all n frames, of one size, together: a palette for each frame would make
// still areas flicker. It splits the box of colours with the most variance at its mean, until there are enough boxes
// (Heckbert's median cut, 1982, with Wu's choice of the box).
func sharedPalette(n int, frame func(i int) *image.RGBA) color.Palette {
	boxes := []box{newBox(samplePixels(n, frame))}
	for len(boxes) < 256 {
		worst := 0
		for i, b := range boxes {
			if b.spread > boxes[worst].spread {
				worst = i
			}
		}
		if boxes[worst].spread == 0 {
			break // fewer than 256 colours in all
		}
		low, high := boxes[worst].split()
		boxes[worst] = low
		boxes = append(boxes, high)
	}
	palette := make(color.Palette, len(boxes))
	for i, b := range boxes {
		palette[i] = b.mean()
	}
	return palette
}

// samplePixels takes pixels at even steps through all frames. The step is odd and no divisor of common widths, so
// that it walks over all columns.
func samplePixels(n int, frame func(i int) *image.RGBA) [][3]uint8 {
	size := frame(0).Rect
	pixels := size.Dx() * size.Dy()
	step := n*pixels/paletteSamples | 1
	for step > 1 && size.Dx()%step == 0 {
		step += 2
	}
	var out [][3]uint8
	at := 0
	for i := range n {
		if at < pixels {
			f := frame(i)
			for ; at < pixels; at += step {
				p := f.Pix[4*at:]
				out = append(out, [3]uint8{p[0], p[1], p[2]})
			}
		}
		at -= pixels
	}
	return out
}

// box is a set of colours, its widest channel and how badly one colour would stand for all: the sum of squared
// distances from the mean.
type box struct {
	colours [][3]uint8
	widest  int
	centre  float64 // mean of the widest channel
	spread  float64
}

func newBox(colours [][3]uint8) box {
	b := box{colours: colours}
	var sum, square [3]float64
	for _, c := range colours {
		for k, v := range c {
			sum[k] += float64(v)
			square[k] += float64(v) * float64(v)
		}
	}
	n := float64(len(colours))
	widest := -1.0
	for k := range sum {
		variance := square[k] - sum[k]*sum[k]/n
		if variance > widest {
			b.widest, b.centre, widest = k, sum[k]/n, variance
		}
		b.spread += variance
	}
	if slices.IndexFunc(colours, func(c [3]uint8) bool { return c != colours[0] }) < 0 {
		b.spread = 0 // one colour, whatever rounding left
	}
	return b
}

// split cuts the box at the mean of its widest channel; neither half is empty as long as the box holds two colours.
func (b box) split() (low, high box) {
	slices.SortFunc(b.colours, func(x, y [3]uint8) int { return cmp.Compare(x[b.widest], y[b.widest]) })
	cut, _ := slices.BinarySearchFunc(b.colours, b.centre, func(c [3]uint8, centre float64) int {
		if float64(c[b.widest]) <= centre {
			return -1
		}
		return 1
	})
	cut = max(1, min(cut, len(b.colours)-1))
	return newBox(b.colours[:cut]), newBox(b.colours[cut:])
}

func (b box) mean() color.RGBA {
	var sum [3]int
	for _, c := range b.colours {
		for k, v := range c {
			sum[k] += int(v)
		}
	}
	n := len(b.colours)
	round := func(s int) uint8 { return uint8((s + n/2) / n) }
	return color.RGBA{round(sum[0]), round(sum[1]), round(sum[2]), 255}
}

// quantiser finds the palette's nearest colour, and remembers it for each cell of a 128-step grid of colours.
type quantiser struct {
	palette [][3]int32
	nearest []int16 // palette index + 1; 0 is not yet known
}

func newQuantiser(palette color.Palette) *quantiser {
	q := &quantiser{nearest: make([]int16, 1<<21)}
	for _, c := range palette {
		r, g, b, _ := c.RGBA()
		q.palette = append(q.palette, [3]int32{int32(r >> 8), int32(g >> 8), int32(b >> 8)})
	}
	return q
}

func (q *quantiser) index(c [3]int32) int {
	key := c[0]>>1<<14 | c[1]>>1<<7 | c[2]>>1
	if known := q.nearest[key]; known > 0 {
		return int(known) - 1
	}
	best, bestDistance := 0, int32(1<<30)
	for i, p := range q.palette {
		r, g, b := c[0]-p[0], c[1]-p[1], c[2]-p[2]
		if d := 2*r*r + 4*g*g + 3*b*b; d < bestDistance { // the eye sees green best
			best, bestDistance = i, d
		}
	}
	q.nearest[key] = int16(best + 1)
	return best
}

// dither maps a frame to the palette and hands each pixel's error on to its neighbours (Floyd and Steinberg, 1976).
func (q *quantiser) dither(frame *image.RGBA, palette color.Palette) *image.Paletted {
	w, h := frame.Rect.Dx(), frame.Rect.Dy()
	out := image.NewPaletted(image.Rect(0, 0, w, h), palette)
	here, below := make([][3]int32, w+2), make([][3]int32, w+2) // sixteenths, shifted by one
	for y := range h {
		clear(below)
		for x := range w {
			var wanted [3]int32
			pixel := frame.Pix[y*frame.Stride+4*x:]
			for k := range wanted {
				wanted[k] = max(0, min(255, int32(pixel[k])+(here[x+1][k]+8)>>4))
			}
			i := q.index(wanted)
			out.Pix[y*out.Stride+x] = uint8(i)
			for k := range wanted {
				e := wanted[k] - q.palette[i][k]
				here[x+2][k] += 7 * e
				below[x][k] += 3 * e
				below[x+1][k] += 5 * e
				below[x+2][k] += e
			}
		}
		here, below = below, here
	}
	return out
}
