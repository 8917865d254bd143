package network

import "fmt"

// Scale says which values a network takes for black and white.
type Scale string

// The scales that networks are trained with.
const (
	Signed   Scale = "signed"   // -1 to 1
	Unit     Scale = "unit"     // 0 to 1
	Byte     Scale = "byte"     // 0 to 255
	ImageNet Scale = "imagenet" // 0 to 1, less the mean of ImageNet's channels, over their standard deviations
)

// ParseScale reads the name of a scale.
func ParseScale(name string) (Scale, error) {
	switch s := Scale(name); s {
	case Signed, Unit, Byte, ImageNet:
		return s, nil
	}
	return "", fmt.Errorf("%q is no scale of values: it is signed (-1 to 1), unit (0 to 1), byte (0 to 255) or imagenet", name)
}

// of is a value in [-1, 1] of a channel, on the scale.
func (s Scale) of(v float32, channel int) float32 {
	unit := (v + 1) / 2
	switch s {
	case Unit:
		return unit
	case Byte:
		return 255 * unit
	case ImageNet:
		return (unit - [...]float32{0.485, 0.456, 0.406}[channel]) / [...]float32{0.229, 0.224, 0.225}[channel]
	}
	return v
}

// prepare writes an image [h, w, c] as the network takes it: of its size, by linear interpolation over as many pixels
// as one of the result covers, or between the nearest where the network is used to sharp images, with its channels, on
// its scale.
func (n *Network) prepare(to, pixels []float32, h, w, c int) {
	rows, columns := weightsOf(h, n.side[0], n.sharp), weightsOf(w, n.side[1], n.sharp)
	wide := make([]float32, h*n.side[1]*c) // resized along the width
	for y := range h {
		for x, ws := range columns {
			for k := range c {
				var sum float32
				for i, weight := range ws.of {
					sum += weight * pixels[(y*w+ws.first+i)*c+k]
				}
				wide[(y*n.side[1]+x)*c+k] = sum
			}
		}
	}
	value := make([]float32, c)
	for y, ws := range rows {
		for x := range n.side[1] {
			for k := range c {
				value[k] = 0
				for i, weight := range ws.of {
					value[k] += weight * wide[((ws.first+i)*n.side[1]+x)*c+k]
				}
			}
			for k := range n.channels {
				at := (k*n.side[0]+y)*n.side[1] + x
				if n.last {
					at = (y*n.side[1]+x)*n.channels + k
				}
				to[at] = n.scale.of(channel(value, k, n.channels), k)
			}
		}
	}
}

// channel is channel k of the given number, of a pixel in colour or in grey.
func channel(pixel []float32, k, channels int) float32 {
	switch {
	case len(pixel) == channels:
		return pixel[k]
	case len(pixel) == 1:
		return pixel[0]
	}
	return 0.299*pixel[0] + 0.587*pixel[1] + 0.114*pixel[2]
}

// taps are the weights of pixels from the first on.
type taps struct {
	first int
	of    []float32
}

// weightsOf are those of a triangle as wide as two pixels of the coarser side, or of the given one for sharp images, for
// each of to pixels made of from.
func weightsOf(from, to int, sharp bool) []taps {
	out := make([]taps, to)
	scale := float64(from) / float64(to)
	reach := max(1, scale)
	if sharp {
		reach = 1
	}
	for i := range out {
		centre := (float64(i)+0.5)*scale - 0.5
		first, last := int(max(0, centre-reach+1)), int(min(float64(from-1), centre+reach))
		t := taps{first: first}
		var sum float32
		for p := first; p <= last; p++ {
			d := float64(p) - centre
			if d < 0 {
				d = -d
			}
			weight := float32(max(0, 1-d/reach))
			t.of = append(t.of, weight)
			sum += weight
		}
		for k := range t.of {
			t.of[k] /= sum
		}
		out[i] = t
	}
	return out
}
