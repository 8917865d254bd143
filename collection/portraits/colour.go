package portraits

import "math"

// rgb is a colour in the sRGB encoding, each channel in [0, 1].
type rgb struct{ r, g, b float32 }

func (c rgb) plus(d rgb) rgb { return rgb{c.r + d.r, c.g + d.g, c.b + d.b} }

func (c rgb) scale(f float32) rgb { return rgb{c.r * f, c.g * f, c.b * f} }

func (c rgb) times(d rgb) rgb { return rgb{c.r * d.r, c.g * d.g, c.b * d.b} }

// lighter adds white light.
func (c rgb) lighter(v float32) rgb { return rgb{c.r + v, c.g + v, c.b + v} }

// mix goes from c (t = 0) to d (t = 1).
func (c rgb) mix(d rgb, t float32) rgb {
	return rgb{c.r + (d.r-c.r)*t, c.g + (d.g-c.g)*t, c.b + (d.b-c.b)*t}
}

func (c rgb) luma() float32 { return 0.299*c.r + 0.587*c.g + 0.114*c.b }

// saturate moves c away from (s > 1) or towards (s < 1) the grey of its luma.
func (c rgb) saturate(s float32) rgb {
	l := c.luma()
	return rgb{l, l, l}.mix(c, s)
}

// distance is the squared distance of two colours.
func (c rgb) distance(d rgb) float32 {
	x, y, z := c.r-d.r, c.g-d.g, c.b-d.b
	return x*x + y*y + z*z
}

// hue is a colour of the colour circle with a saturation and lightness.
func hue(t, saturation, light float64) rgb {
	channel := func(k float64) float32 {
		return float32(light * (1 - saturation + saturation*(1+math.Cos(2*math.Pi*(t-k/3)))))
	}
	return rgb{channel(0), channel(1), channel(2)}
}

// gradient goes through colours evenly as t goes from 0 to 1.
func gradient(t float32, through ...rgb) rgb {
	t = min(max(t, 0), 1) * float32(len(through)-1)
	i := min(int(t), len(through)-2)
	return through[i].mix(through[i+1], t-float32(i))
}
