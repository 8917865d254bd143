package portraits

import "math"

// hairline is how far down the forehead the hair reaches at x.
func (h *head) hairline(x float64) float64 {
	d := math.Abs(x-h.part()) / 0.6
	base, dip := -0.70+0.46*smooth(h.Fringe, 0.45, 1), 0.30
	if h.HairLength < longHairFrom {
		base -= 0.10 * h.wrinkles
		dip = 0.22 - 0.22*h.wrinkles*(1-h.Fringe)
	}
	if h.Fringe > 0.6 {
		dip = 0.08
	}
	return base + dip*math.Pow(d, 1.5)
}

// part is where the hair is parted.
func (h *head) part() float64 { return 0.36 * h.Parting }

// lift is the thickness of the hair over the skull.
func (h *head) lift() float64 { return 0.05 + 0.11*h.HairVolume*(1-0.4*h.wrinkles) }

// hairEnd is the lowest y that long hair reaches.
func (h *head) hairEnd() float64 { return 0.55 + 1.25*h.HairLength }

func (h *head) long() bool { return h.HairLength >= longHairFrom }

// curl moves the edge of long hair in and out.
func (h *head) curl(y float64) float64 {
	return 0.06 * h.Wave * math.Sin(5.2*y+6*float64(h.Seed%97)/97) * smooth(y, 0, 0.6)
}

// hairBehind is what is seen of long hair behind the neck.
func (h *head) hairBehind() path {
	v, end := h.lift(), h.hairEnd()
	right := []point{{0, -1.0 - v}, {0.48, -0.86 - v}, {0.76 + v, -0.45}}
	for y := -0.1; y < end-0.1; y += 0.3 {
		right = append(right, point{0.83 + v + 0.10*ramp(y, 0, 1.4) + h.curl(y), y})
	}
	right = append(right, point{0.80 + v + h.curl(end), end}, point{0.45, end + 0.05})
	return closed(mirrored(func(x, y float64) point { return h.rim(x, y, -0.25+0.2*smooth(y, -0.5, 1)) }, right...)...)
}

// hairFront is the hair over skull, forehead and, when it is long, the sides of the face.
func (h *head) hairFront() path {
	v := h.lift()
	var out []point
	side := func(s float64) (outer, inner []point) {
		outer = h.crown(s, v)
		w := h.cheek * h.width
		if h.long() {
			end := h.hairEnd()
			for y := 0.1; y < end-0.15; y += 0.3 {
				outer = append(outer, h.rim(s*(w+0.05+0.8*v+0.12*ramp(y, 0, 1.4)+h.curl(y)), y, -0.05))
			}
			outer = append(outer, h.rim(s*(w+0.04+0.5*v), end, 0))
			for y := end - 0.15; y > 0.1; y -= 0.3 {
				inner = append(inner, h.rim(s*(w-0.10+0.10*ramp(y, 0.3, 1.3)+0.7*h.curl(y)), y, 0.12))
			}
			inner = append(inner, h.rim(s*(w-0.10), 0.05, 0.1))
		} else {
			outer = append(outer, h.rim(s*(w+0.025), 0.02, -0.02))
			inner = append(inner, h.rim(s*(w-0.035), 0.16, 0.02), h.rim(s*(w-0.07), -0.06, 0.1))
		}
		inner = append(inner, h.on(s*0.60, max(h.hairline(s*0.60), -0.55)+0.02))
		return outer, inner
	}
	ro, ri := side(1)
	lo, li := side(-1)
	out = append(out, h.rim(0, -1.02-v, -0.1))
	out = append(out, ro...)
	out = append(out, ri...)
	g := grain(h.Seed).fork(8)
	for i := 0; i <= 14; i++ { // locks of uneven length
		x := 0.49 - 0.07*float64(i)
		ragged := (0.035 + 0.05*h.Fringe) * (g.unit(i, 0) - 0.5)
		out = append(out, h.on(x, h.hairline(x)+ragged))
	}
	for i := len(li) - 1; i >= 0; i-- {
		out = append(out, li[i])
	}
	for i := len(lo) - 1; i >= 0; i-- {
		out = append(out, lo[i])
	}
	return closed(out...)
}

// crown is the top of the hair from the middle of the head to the side s.
func (h *head) crown(s, v float64) []point {
	var out []point
	for _, angle := range []float64{22, 44, 67, 90} {
		sin, cos := math.Sincos(angle * math.Pi / 180)
		out = append(out, h.rim(s*(0.745+0.8*v)*sin, -0.2-(0.82+v)*cos, -0.1))
	}
	return out
}

// strand is a coordinate that is constant along a strand of hair through a place in local units: strands leave the
// parting as parabolas, so that they spread over the skull and then hang down.
func (h *head) strand(x, y float64) float64 {
	px, top := h.part()*h.cosYaw, -1.0-h.lift()
	x += 0.05 * h.Wave * math.Sin(6*y)
	return (x - px) / math.Sqrt(max(y-top, 0)+0.12)
}

// beardOutline covers cheeks, chin and upper lip.
func (h *head) beardOutline() path {
	w, j := h.cheek*h.width, h.jaw*h.width*h.lower
	long := 0.04 + 0.34*smooth(h.Beard, 0.3, 1)
	lip := h.mouthY - 0.135*(1-0.25*h.pointy) // the upper edge of the moustache
	low := func(x, y float64) point { return h.rim(x, y, 0.42*smooth(y, -0.1, 1)) }
	right := []point{
		low(w-0.01, 0.10), low(w*0.5+j*0.5+0.02, 0.42), low(j*0.92+0.02, 0.70+long*0.2), low(j*0.62, 0.93+long*0.6), low(0.2, 1.02+long),
	}
	inner := []point{h.on(0.60, 0.12), h.on(0.54, lip-0.16), h.on(0.38, lip+0.02), h.on(0.19, lip-0.02), h.on(0.06, lip)}
	left := []point{
		low(-w+0.01, 0.10), low(-w*0.5-j*0.5-0.02, 0.42), low(-j*0.92-0.02, 0.70+long*0.2), low(-j*0.62, 0.93+long*0.6), low(-0.2, 1.02+long),
	}
	leftInner := []point{h.on(-0.60, 0.12), h.on(-0.54, lip-0.16), h.on(-0.38, lip+0.02), h.on(-0.19, lip-0.02), h.on(-0.06, lip)}
	out := append(path{}, right...)
	out = append(out, low(0, 1.04+long))
	for i := len(left) - 1; i >= 0; i-- {
		out = append(out, left[i])
	}
	out = append(out, leftInner...)
	for i := len(inner) - 1; i >= 0; i-- {
		out = append(out, inner[i])
	}
	return closed(out...)
}

// hairTone is the colour of lit hair, grey with age.
func (p Person) hairTone() rgb {
	var c, grey rgb
	s := float32(p.HairShade)
	switch p.HairColour {
	case FairHair:
		c = gradient(s, rgb{0.56, 0.25, 0.12}, rgb{0.74, 0.52, 0.27}, rgb{0.93, 0.80, 0.52})
		grey = rgb{0.90, 0.89, 0.87}
	case VividHair:
		c = gradient(s, rgb{0.93, 0.48, 0.62}, rgb{0.66, 0.45, 0.85}, rgb{0.33, 0.52, 0.90}, rgb{0.25, 0.70, 0.62})
		grey = c.mix(rgb{0.80, 0.80, 0.82}, 0.6)
	default:
		c = gradient(s, rgb{0.085, 0.07, 0.07}, rgb{0.17, 0.11, 0.08}, rgb{0.30, 0.18, 0.11})
		grey = rgb{0.50, 0.49, 0.49}
	}
	return c.mix(grey, 0.92*float32(smooth(p.Age, 44, 68)))
}
